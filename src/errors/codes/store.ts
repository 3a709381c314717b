/** KP6xxx: store, downloads, network. */
export const storeCodes = {} as const;
