/** Asks the API that the kernel holds, over the widget's own channel: no port, no address, no cookie. */

import type { Ask } from "../data/server";
import { type Model, hear } from "./model";

interface Answer {
  kind: "answer";
  call: string;
  status: number;
  headers: Record<string, string>;
}

interface Waiting {
  answer: (response: Response) => void;
  fail: (reason: unknown) => void;
  /** Fires when one has waited long enough to wonder why. */
  patience: ReturnType<typeof setTimeout>;
}

const PATIENCE_MS = 4000;

/** Statuses that a response without a body has. */
const EMPTY = new Set([204, 205, 304]);

export interface Line {
  ask: Ask;
  close: () => void;
}

/**
 * A line to the kernel behind `model`. What is still asked when it closes is aborted.
 *
 * `onWait`: the kernel keeps one waiting, or no longer does.
 */
export function openLine(model: Model, onWait: (isWaiting: boolean) => void): Line {
  const waiting = new Map<string, Waiting>();
  // Two views of one widget hear the same answers: each knows its own by their beginning.
  const own = Math.random().toString(36).slice(2);
  let nAsked = 0;
  let isClosed = false;

  const take = (call: string): Waiting | null => {
    const asker = waiting.get(call);
    if (!asker) return null;
    clearTimeout(asker.patience);
    waiting.delete(call);
    onWait(false);
    return asker;
  };

  const stop = hear(model, "msg:custom", (message: Answer, buffers: readonly (DataView | ArrayBuffer)[]) => {
    const asker = message.kind === "answer" ? take(message.call) : null;
    if (!asker) return;
    const { status, headers } = message;
    const body = EMPTY.has(status) ? null : new Blob(buffers.map(bytesOf));
    asker.answer(new Response(body, { status, headers }));
  });

  const abort = (id: string, reason: unknown) => {
    const asker = take(id);
    if (!asker) return;
    model.send({ kind: "abort", call: id });
    asker.fail(reason);
  };

  const ask: Ask = (address, { method = "GET", body = null, signal }) => {
    signal?.throwIfAborted();
    // Nobody is left to take an answer, or an error.
    if (isClosed) return new Promise(() => undefined);
    const id = `${own}-${nAsked++}`;
    return new Promise<Response>((answer, fail) => {
      waiting.set(id, { answer, fail, patience: setTimeout(() => onWait(true), PATIENCE_MS) });
      signal?.addEventListener("abort", () => abort(id, signal.reason), { once: true });
      model.send({ kind: "ask", call: id, method, path: `/${address}`, body });
    });
  };

  return {
    ask: async (address, init) => ask(address, init),
    close() {
      isClosed = true;
      stop();
      for (const id of [...waiting.keys()]) abort(id, new DOMException("The cell was closed.", "AbortError"));
    },
  };
}

function bytesOf(buffer: DataView | ArrayBuffer): BlobPart {
  return buffer instanceof DataView
    ? new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength)
    : buffer;
}
