/** KP5xxx: feeds, signatures, indexes, packages. */
export const feedCodes = {} as const;
