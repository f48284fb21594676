/** A published map: files that any web host serves. Search and filters are answered in the page. */

import type { FilterClause, Join } from "../core/clauses";
import { clampTexts, previewLine, snippet, textOf } from "../core/snippet";
import { YES } from "../core/states";
import { Files } from "./packed";
import { SourceError } from "./server";
import type { FilterAnswer, FilterQuery, MapSource, SearchQuery } from "./source";
import { Filters } from "./static-filter";
import { StaticLayout } from "./static-layout";
import { Site } from "./static-site";
import { type ListQuery, Lists } from "./static-table";
import { StaticTiles } from "./static-tiles";
import { Words } from "./static-words";
import type { Comparison, Neighbor, Row, SearchAnswer, SearchResult } from "./types";

const PREVIEW_CHARACTERS = 600;
const NOBODY = 2 ** 32 - 1;
/** Bytes of a neighbour: row id, similarity, x, y. */
const RECORD_BYTES = 16;

export class StaticSource extends StaticTiles implements MapSource {
  #site: Site;
  #layouts = new Map<string, StaticLayout>();
  #words: Promise<Words | null> | null = null;
  #filters: Promise<Filters> | null = null;
  #lists: Promise<Lists> | null = null;

  /** `base`: where the map's files are, ending in a slash. */
  constructor(
    private readonly base: string,
    private readonly ask?: (address: string, init: RequestInit) => Promise<Response>,
  ) {
    super(new Files(base, ask));
    this.#site = new Site(this.files);
  }

  /** A further layout; those that are published are in the map's `layouts`. */
  layout(name: string): StaticLayout {
    const known = this.#layouts.get(name);
    if (known) return known;
    const made = new StaticLayout(new Files(this.#folderOf(name), this.ask), this);
    this.#layouts.set(name, made);
    return made;
  }

  comparison(name: string, signal?: AbortSignal): Promise<Comparison> {
    return new Files(this.#folderOf(name), this.ask).json("comparison.json", signal);
  }

  #folderOf(name: string): string {
    return `${this.base}layouts/${encodeURIComponent(name)}/`;
  }

  async #positionsOn(layout: string): Promise<{ rowIds: Uint32Array; xy: Float32Array } | null> {
    const found = (await this.map()).layouts.find((one) => one.layout === layout);
    return found ? this.layout(found.name).positions() : null;
  }

  async rows(ids: readonly number[], options: { previews?: boolean; signal?: AbortSignal } = {}): Promise<Row[]> {
    const rows = await this.#rows(ids, options.signal);
    if (!options.previews) return rows;
    return rows.map(({ reading, columns, ...row }) => ({
      ...row,
      reading: clampTexts(reading, PREVIEW_CHARACTERS),
      columns: clampTexts(columns, PREVIEW_CHARACTERS),
    }));
  }

  async #rows(ids: readonly number[], signal?: AbortSignal): Promise<Row[]> {
    try {
      return await this.#site.rows(ids, signal);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { n_rows } = await this.#site.info();
      throw new SourceError({ problem: error.message, fix: `Row ids of this map go from 0 to ${n_rows - 1}.` }, 404);
    }
  }

  async neighbors(rowId: number, options: { limit?: number; previews?: boolean; signal?: AbortSignal } = {}): Promise<Neighbor[]> {
    const near = (await this.#near(rowId, options.signal)).slice(0, options.limit ?? 10);
    if (options.previews === false) return near.map((one) => ({ ...one, preview: "" }));
    const rows = await this.#rows(near.map((one) => one.row_id), options.signal);
    return near.map((one, i) => ({ ...one, preview: previewLine(rows[i]!.reading) }));
  }

  /** The most similar rows, as they were found when the map was made: nearest first. */
  async #near(rowId: number, signal?: AbortSignal): Promise<Omit<Neighbor, "preview">[]> {
    const { neighbors, n_rows } = await this.#site.info();
    if (!neighbors) return [];
    const { rows_a_piece, per_row } = neighbors;
    const first = Math.floor(rowId / rows_a_piece) * rows_a_piece;
    const size = per_row * RECORD_BYTES;
    const bytes = await this.files.piece(neighbors, first * size, Math.min(rows_a_piece, n_rows - first) * size, signal);
    const view = new DataView(bytes.buffer, bytes.byteOffset + (rowId - first) * size, size);
    const all = Array.from({ length: per_row }, (_, i) => ({
      row_id: view.getUint32(i * RECORD_BYTES, true),
      similarity: view.getFloat32(i * RECORD_BYTES + 4, true),
      x: view.getFloat32(i * RECORD_BYTES + 8, true),
      y: view.getFloat32(i * RECORD_BYTES + 12, true),
    }));
    return all.filter(({ row_id }) => row_id !== NOBODY);
  }

  async search({ q = "", like, limit = 50, where }: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer> {
    const started = performance.now();
    const isKept = where ? await this.#kept(where) : () => true;
    const results = like === undefined ? await this.#byWords(q, { limit, isKept, signal }) : await this.#alike(like, { limit, isKept, signal });
    return { results, took_ms: Math.round(performance.now() - started), total: results.length };
  }

  async #alike(like: number, { limit, isKept, signal }: Wanted): Promise<SearchResult[]> {
    const near = (await this.#near(like, signal)).filter(({ row_id }) => isKept(row_id)).slice(0, limit);
    const rows = await this.#rows(near.map((one) => one.row_id), signal);
    return near.map(({ row_id, similarity, x, y }, i) => ({
      row_id, score: similarity, x, y, snippet: snippet(textOf(rows[i]!.reading), []), found_by: ["meaning"],
    }));
  }

  async #byWords(q: string, { limit, isKept, signal }: Wanted): Promise<SearchResult[]> {
    const words = await this.#index();
    if (!words) throw new SourceError({ problem: "The texts of this map are not published.", fix: "There is nothing to search in." }, 409);
    const { rows: found, terms } = await words.search(q);
    const best = found.filter(({ row }) => isKept(row)).slice(0, limit);
    const rows = await this.#rows(best.map(({ row }) => row), signal);
    return rows.map(({ row_id, x, y, reading }, i) => ({
      row_id, x, y, score: best[i]!.score, snippet: snippet(textOf(reading), terms), found_by: ["words"],
    }));
  }

  async #kept(where: string): Promise<(rowId: number) => boolean> {
    const filters = await this.#filter();
    const [states, rowIds] = await Promise.all([filters.states(where), this.#site.rowIds()]);
    const kept = new Set(rowIds.filter((_, place) => states[place] === YES));
    return (rowId) => kept.has(rowId);
  }

  async filter(query: FilterQuery, signal?: AbortSignal): Promise<FilterAnswer> {
    const filters = await this.#filter();
    signal?.throwIfAborted();
    const answer = await filters.answer(query);
    signal?.throwIfAborted();
    return answer;
  }

  /** By row id, whether clauses keep a row; null: there are none. */
  async keptRows(clauses: readonly FilterClause[], join: Join): Promise<Uint8Array | null> {
    const [shown, rowIds] = await Promise.all([this.#filter().then((filters) => filters.shown(clauses, join)), this.#site.rowIds()]);
    const kept = shown && new Uint8Array(shown.length);
    shown?.forEach((state, place) => (kept![rowIds[place]!] = Number(state === YES)));
    return kept;
  }

  /** Rows in an order, a page at a time. With `previews: false` their texts are whole. */
  async table(query: ListQuery & { previews?: boolean }, signal?: AbortSignal): Promise<{ rows: Row[]; total: number; place: number | null }> {
    const { rowIds, total, place } = await (await this.#table()).part(query);
    signal?.throwIfAborted();
    return { rows: await this.rows(rowIds, { previews: query.previews ?? true, ...(signal && { signal }) }), total, place };
  }

  #table(): Promise<Lists> {
    const read = async () => new Lists(this.#site, await this.index(), await this.#filter(), await this.clusters());
    return (this.#lists ??= again(read(), () => (this.#lists = null)));
  }

  #index(): Promise<Words | null> {
    const read = async () => {
      const { words, n_rows } = await this.#site.info();
      return words && new Words(this.#site, words, n_rows);
    };
    return (this.#words ??= again(read(), () => (this.#words = null)));
  }

  #filter(): Promise<Filters> {
    const read = async () => {
      const words = await this.#index();
      const manifest = await this.index();
      const sizes = new Map<number, number>();
      for (const { layer, cluster_id } of await this.clusters()) sizes.set(layer, Math.max(sizes.get(layer) ?? 0, cluster_id + 1));
      return new Filters(this.#site, manifest, (layer) => sizes.get(layer) ?? 0, words && ((text) => words.matching(text)), (layout) => this.#positionsOn(layout));
    };
    return (this.#filters ??= again(read(), () => (this.#filters = null)));
  }
}

interface Wanted {
  limit: number;
  isKept: (rowId: number) => boolean;
  signal?: AbortSignal | undefined;
}

/** `coming`, but forgotten where it fails, so that it is asked for again. */
function again<T>(coming: Promise<T>, forget: () => void): Promise<T> {
  coming.catch(forget);
  return coming;
}
