/** How the server is asked: for an answer in JSON, with something sent to it in JSON. */

/** Asks the server for an answer in JSON. */
export type AskJson = <T>(path: string, options?: RequestInit) => Promise<T>;

/** Sends something in JSON, and gives the answer. */
export type SendJson = <T>(path: string, body: unknown) => Promise<T>;

/** A request that sends something in JSON. */
export function posting(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

export function sending(ask: AskJson): SendJson {
  return (path, body) => ask(path, posting(body));
}
