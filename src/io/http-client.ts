/** One request, one answer, no policy: retries, resume and verification live in `store/`. */
export interface HttpClient {
  request(url: string, options: HttpRequest): Promise<HttpResponse>;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Silence on the connection after which it is given up, in milliseconds. */
  readonly stallMs?: number;
}

export interface HttpResponse {
  /** After redirects. */
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Frees the connection without reading the body. */
  discard(): Promise<void>;
}
