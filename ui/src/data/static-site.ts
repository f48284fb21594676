/** What a published map tells of its packs (`site.json`), and its columns of all rows, each read once. */

import { type Files, type PackInfo, inflate } from "./packed";
import { codesIn } from "./static-tiles";
import type { Codes, Row, TileColumn } from "./types";

export interface SiteInfo {
  format: number;
  n_rows: number;
  rows: PackInfo & { rows_a_block: number; n_blocks: number };
  neighbors: (PackInfo & { per_row: number; rows_a_piece: number }) | null;
  words: WordsInfo | null;
}

export interface WordsInfo {
  lists: PackInfo;
  spots: PackInfo;
  words: PackInfo;
  /** Where each part of the dictionary begins in the pack `words`, and the end of the last. */
  shelves: number[];
  n_tokens: number;
}

export class Site {
  #info: Promise<SiteInfo> | null = null;
  #ends: Promise<Float64Array> | null = null;
  #columns = new Map<string, Promise<ArrayBuffer>>();
  #blocks = new Map<number, Promise<string[]>>();

  constructor(readonly files: Files) {}

  info(): Promise<SiteInfo> {
    return (this.#info ??= forgetting(this.files.json<SiteInfo>("site.json"), () => (this.#info = null)));
  }

  /** Rows in the order asked, each from its block. */
  async rows(ids: readonly number[], signal?: AbortSignal): Promise<Row[]> {
    const { rows, n_rows } = await this.info();
    return Promise.all(
      ids.map(async (id) => {
        if (!Number.isInteger(id) || id < 0 || id >= n_rows) throw new RangeError(`There is no row ${id}.`);
        const lines = await this.#block(Math.floor(id / rows.rows_a_block), signal);
        return JSON.parse(lines[id % rows.rows_a_block]!) as Row;
      }),
    );
  }

  async #block(number: number, signal?: AbortSignal): Promise<string[]> {
    const known = this.#blocks.get(number);
    if (known) return known;
    const { rows } = await this.info();
    const ends = await this.#blockEnds();
    const start = number > 0 ? ends[number - 1]! : 0;
    const coming = this.files.piece(rows, start, ends[number]! - start, signal).then(linesOf);
    this.#blocks.set(number, coming);
    coming.catch(() => this.#blocks.delete(number));
    if (this.#blocks.size > MOST_BLOCKS) this.#blocks.delete(this.#blocks.keys().next().value!);
    return coming;
  }

  #blockEnds(): Promise<Float64Array> {
    const read = async () => {
      let end = 0;
      return Float64Array.from(new Uint32Array(await this.files.inflated("rows-sizes.bin")), (size) => (end += size));
    };
    return (this.#ends ??= forgetting(read(), () => (this.#ends = null)));
  }

  /** Codes of all rows, in tile order. */
  async codes(column: TileColumn): Promise<Codes> {
    return codesIn(await this.#column(column.slug), column);
  }

  /** Numbers of all rows, or seconds since 1970, in tile order; NaN is missing. */
  async values(column: TileColumn): Promise<Float64Array> {
    return new Float64Array(await this.#column(`${column.slug}.values`));
  }

  /** Row ids in tile order. */
  async rowIds(): Promise<Uint32Array> {
    return new Uint32Array(await this.#column("row_id"));
  }

  /** Positions in map units, x then y of each row, in tile order. */
  async xy(): Promise<Float32Array> {
    return new Float32Array(await this.#column("xy"));
  }

  #column(name: string): Promise<ArrayBuffer> {
    const known = this.#columns.get(name);
    if (known) return known;
    const coming = this.files.inflated(`columns/${encodeURIComponent(name)}.bin`);
    this.#columns.set(name, coming);
    coming.catch(() => this.#columns.delete(name));
    return coming;
  }
}

const MOST_BLOCKS = 400;

async function linesOf(bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
  return new TextDecoder().decode(await inflate(bytes)).split("\n");
}

/** `coming`, but forgotten where it fails, so that it is asked for again. */
function forgetting<T>(coming: Promise<T>, forget: () => void): Promise<T> {
  coming.catch(forget);
  return coming;
}
