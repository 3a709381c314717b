/** KP9xxx: machines: run and test. */
export const machineCodes = {} as const;
