/** KP8xxx: outputs. */
export const emitCodes = {} as const;
