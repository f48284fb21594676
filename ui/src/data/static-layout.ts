/** A further layout of a published map: its own tiles, topics and places; rows and filters are the map's. */

import { NO, YES, maskOf, type States } from "../core/states";
import type { Files } from "./packed";
import type { FilterAnswer, FilterQuery, MapSource, SearchQuery, TableAnswer, TableQuery } from "./source";
import type { StaticSource } from "./static";
import { Site } from "./static-site";
import { StaticTiles } from "./static-tiles";
import { sampleOf } from "./static-filter";
import type { Neighbor, Row, SearchAnswer } from "./types";

interface Asked {
  previews?: boolean;
  signal?: AbortSignal;
}

export class StaticLayout extends StaticTiles implements MapSource {
  #site: Site;

  /** `files`: of the layout. */
  constructor(
    files: Files,
    private readonly main: StaticSource,
  ) {
    super(files);
    this.#site = new Site(files);
  }

  async rows(ids: readonly number[], options: Asked = {}): Promise<Row[]> {
    const [rows, places] = await Promise.all([this.main.rows(ids, options), this.rowPlaces.of(ids, options.signal)]);
    return rows.map((row, i) => ({ ...row, ...places[i]! }));
  }

  async neighbors(rowId: number, options: Asked & { limit?: number } = {}): Promise<Neighbor[]> {
    return this.#moved(await this.main.neighbors(rowId, options), options.signal);
  }

  async search(query: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer> {
    const answer = await this.main.search(query, signal);
    return { ...answer, results: await this.#moved(answer.results, signal) };
  }

  async table(query: TableQuery, signal?: AbortSignal): Promise<TableAnswer> {
    const answer = await this.main.table(query, signal);
    return { ...answer, rows: await this.#moved(answer.rows, signal) };
  }

  async filter({ clauses, join, codes }: FilterQuery, signal?: AbortSignal): Promise<FilterAnswer> {
    const started = performance.now();
    const [kept, rowIds] = await Promise.all([this.main.keptRows(clauses, join), this.#site.rowIds()]);
    signal?.throwIfAborted();
    const shown: States | null = kept && Uint8Array.from(rowIds, (id) => (kept[id] ? YES : NO));
    return {
      nShown: shown ? shown.reduce((n, state) => n + Number(state === YES), 0) : rowIds.length,
      mask: shown && maskOf(shown),
      // Counted on the map itself.
      counts: new Map(),
      byClause: new Map(),
      sample: await sampleOf(this.#site, shown, codes),
      tookMs: performance.now() - started,
    };
  }

  /** Where all rows lie: ids, and x and y of each. */
  async positions(): Promise<{ rowIds: Uint32Array; xy: Float32Array }> {
    const [rowIds, xy] = await Promise.all([this.#site.rowIds(), this.#site.xy()]);
    return { rowIds, xy };
  }

  async #moved<T extends { row_id: number }>(rows: readonly T[], signal?: AbortSignal): Promise<T[]> {
    return here(rows, await this.rowPlaces.of(rows.map(({ row_id }) => row_id), signal));
  }
}

function here<T>(rows: readonly T[], places: readonly { x: number | null; y: number | null }[]): T[] {
  return rows.map((row, i) => ({ ...row, x: places[i]!.x, y: places[i]!.y }));
}
