/** KP4xxx: archives and other binary formats (codec, image). */
export const archiveCodes = {} as const;
