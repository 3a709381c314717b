/** KP7xxx: the tree and the passes. */
export const treeCodes = {} as const;
