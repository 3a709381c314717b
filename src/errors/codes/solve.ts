/** KP55xx: the solver and the lock. */
export const solveCodes = {} as const;
