/** Files of a published map: whole ones, and pieces of packs by range, or by whole files from hosts that know no ranges. */

import { LruBytes } from "../core/lru";
import { SourceError, isAbort } from "./server";

/** A pack, as `publishing/packs.py` tells of it: pieces in files, addressed as one run of bytes. */
export interface PackInfo {
  name: string;
  /** Where each file begins. */
  cuts: number[];
  size: number;
}

const KEPT_BYTES = 64e6;

export class Files {
  #pieces = new LruBytes<Uint8Array<ArrayBuffer>>(KEPT_BYTES);
  #asked = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  /** null: no piece was asked for yet. */
  #knowsRanges: boolean | null = null;

  /** `base`: where the map's files are, ending in a slash. */
  constructor(
    private readonly base: string,
    private readonly ask: (address: string, init: RequestInit) => Promise<Response> = (address, init) => fetch(address, init),
  ) {}

  async json<T>(path: string, signal?: AbortSignal): Promise<T> {
    return (await (await this.#get(path, { signal: signal ?? null })).json()) as T;
  }

  async bytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    return (await this.#get(path, { signal: signal ?? null })).arrayBuffer();
  }

  /** A whole file that lies compressed. */
  async inflated(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    return inflate(new Uint8Array(await this.bytes(path, signal)));
  }

  /**
   * A piece of a pack. Whoever asks for the same while it is on the way waits for the same answer; it is fetched to its
   * end even if the one who asked first no longer wants it.
   */
  async piece(pack: PackInfo, start: number, size: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    signal?.throwIfAborted();
    if (size === 0) return new Uint8Array();
    const file = fileAt(pack.cuts, start);
    const path = `${pack.name}-${String(file).padStart(5, "0")}.bin`;
    const begin = start - pack.cuts[file]!;
    // The first piece tells whether the host knows ranges; those after it wait to be told.
    if (this.#knowsRanges === null && this.#asked.size > 0) await Promise.allSettled([...this.#asked.values()]);
    const piece = await (this.#knowsRanges === false ? this.#cut(path, begin, size) : this.#range(path, begin, size));
    signal?.throwIfAborted();
    return piece;
  }

  async #range(path: string, begin: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const key = `${path} ${begin} ${size}`;
    return this.#once(key, async () => {
      // No cache of the browser's: it lets one request at a time pass to the same file.
      const headers = { range: `bytes=${begin}-${begin + size - 1}` };
      const response = await this.#get(path, { headers, cache: "no-store" });
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.status === 206) {
        this.#knowsRanges ??= true;
        return whole(bytes, size, path);
      }
      // The whole file came instead: it is kept, and from now on files are asked for as such.
      this.#knowsRanges = false;
      this.#pieces.set(path, bytes, bytes.length);
      return whole(bytes.slice(begin, begin + size), size, path);
    });
  }

  async #cut(path: string, begin: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = await this.#once(path, async () => new Uint8Array(await this.bytes(path)));
    return whole(file.slice(begin, begin + size), size, path);
  }

  async #once(key: string, read: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#pieces.get(key);
    if (known) return known;
    const asked = this.#asked.get(key);
    if (asked) return asked;
    const coming = read();
    this.#asked.set(key, coming);
    try {
      const bytes = await coming;
      this.#pieces.set(key, bytes, bytes.length);
      this.#pieces.trim(() => false);
      return bytes;
    } finally {
      this.#asked.delete(key);
    }
  }

  async #get(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.ask(this.base + path, init);
    } catch (error) {
      if (isAbort(error)) throw error;
      const problem = { problem: "The host of this map does not answer.", fix: "Are you connected? Load the page again.", details: String(error) };
      throw new SourceError(problem, 0);
    }
    if (response.ok) return response;
    throw new SourceError(
      {
        problem: `A file of this map cannot be read: the host answered ${response.status}.`,
        fix: "It may have been published anew: load the page again. If that does not help, some files were not uploaded.",
        details: path,
      },
      response.status,
    );
  }
}

/** `bytes`, all of which came. */
function whole(bytes: Uint8Array<ArrayBuffer>, size: number, path: string): Uint8Array<ArrayBuffer> {
  if (bytes.length === size) return bytes;
  throw new SourceError({ problem: "A file of this map is cut short.", fix: "Publish the map again, or upload it again.", details: path }, 0);
}

/** The last file that begins at or before `at`. */
export function fileAt(cuts: readonly number[], at: number): number {
  let [low, high] = [0, cuts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (cuts[middle]! <= at) low = middle;
    else high = middle;
  }
  return low;
}

/** What zlib compressed. */
export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}
