/** KP3xxx: the application: entry point, syntax, imports. */
export const appCodes = {} as const;
