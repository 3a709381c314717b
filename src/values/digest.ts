/** A content address: the algorithm and 64 lower-case hexadecimal digits, as OCI writes it. */
export type Digest = `sha256:${string}`;
