/**
 * Makes a `fetch` that sends a request again when the server says when to: as long as the answer is a 429 or 503 with
 * `Retry-After`, up to `attempts` times in all. It doesn't wait longer than `maxWaitSeconds`. The last answer is given back as it is.
 */
export function retryAfter({ fetch: send = globalThis.fetch, attempts = 5, maxWaitSeconds = 60 } = {}): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    for (let left = attempts - 1; ; left--) {
      const response = await send(left > 0 ? request.clone() : request);
      const wait = secondsToWait(response);
      if (left <= 0 || wait === undefined || wait > maxWaitSeconds) return response;
      await response.body?.cancel();
      await sleep(wait, request.signal);
    }
  };
}

function secondsToWait(response: Response): number | undefined {
  const value = response.headers.get('Retry-After');
  if (value === null || (response.status !== 429 && response.status !== 503)) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value); // a proxy may write one
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, seconds * 1000);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
