/** KP2xxx: kilopy.yaml, targets, bases. */
export const specCodes = {} as const;
