/** The server's answer to a filter, read from its bytes: `server/filter_routes.py` writes them. */

import type { FilterAnswer } from "./source";
import type { Codes, TileColumn } from "./types";

interface About {
  n_shown: number;
  by_clause: Record<string, number>;
  counts: Record<string, number[]>;
  /** Rows in the sample. */
  sample: number;
  took_ms: number;
}

const BYTES = { u8: 1, u16: 2, u32: 4 };

/** `codes`: the columns that were asked for, in that order. */
export function readFilterAnswer(body: ArrayBuffer, codes: readonly TileColumn[]): FilterAnswer {
  const length = new Uint32Array(body, 0, 1)[0]!;
  const about = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length))) as About;
  const n = about.sample;
  let at = 4 + length;
  const take = (bytes: number) => {
    const start = at;
    at += Math.ceil(bytes / 4) * 4;
    return start;
  };
  const hasMask = at < body.byteLength;
  const places = new Uint32Array(body, take(4 * n), n);
  const xy = new Float32Array(body, take(8 * n), 2 * n);
  const rowIds = new Uint32Array(body, take(4 * n), n);
  const byColumn = new Map(
    hasMask ? codes.map((column): [string, Codes] => [column.slug, codesAt(body, take(n * BYTES[column.encoding]), { n, column })]) : [],
  );
  return {
    nShown: about.n_shown,
    byClause: new Map(Object.entries(about.by_clause)),
    mask: hasMask ? new Uint8Array(body, at) : null,
    counts: new Map(Object.entries(about.counts)),
    sample: { places, xy, rowIds, codes: byColumn },
    tookMs: about.took_ms,
  };
}

function codesAt(body: ArrayBuffer, at: number, { n, column }: { n: number; column: TileColumn }): Codes {
  if (column.encoding === "u8") return new Uint8Array(body, at, n);
  return column.encoding === "u16" ? new Uint16Array(body, at, n) : new Uint32Array(body, at, n);
}
