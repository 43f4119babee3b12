import { type Client, type Config, createClient as create } from './client/index.js';
import type { ApiError } from './types.gen.js';

export type { Client, Config };
export { retryAfter } from './retry.js';
export * from './sdk.gen.js';
export type * from './types.gen.js';

/** What answered was not this API; something between client and server may have. */
export class UnexpectedResponseError extends Error {
  constructor(
    readonly response: Response,
    readonly body: unknown,
  ) {
    super(`HTTP status ${response.status}, which is no answer of this API: ${JSON.stringify(body)?.slice(0, 200)}`);
    this.name = 'UnexpectedResponseError';
  }
}

/**
 * Makes a client of the server at `baseUrl`, which each operation takes.
 *
 * Operations give back `data` or, if the server answers with an error, `error`. When there is no answer, or not one of this API,
 * they reject. After a 304 there is neither: look at `response.status` where you send `If-None-Match`.
 */
export function createClient(baseUrl: string, config: Config = {}): Client {
  const client = create({ ...config, baseUrl });
  client.interceptors.response.use(async (response, _, { url }) => {
    const html = response.headers.get('Content-Type')?.startsWith('text/html');
    if (response.ok && html && url !== '/docs') throw new UnexpectedResponseError(response, await response.text());
    return response;
  });
  client.interceptors.error.use((error, response: Response | undefined) => {
    if (response === undefined) throw error;
    if (response.status !== 304 && !isApiError(error)) throw new UnexpectedResponseError(response, error);
    return error;
  });
  return client;
}

function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'requestId' in error;
}
