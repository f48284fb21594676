/** A list of rows in an order, of any length: parts of it are read when they are wanted, and the last ones are kept. */

import type { FilterClause } from "../core/clauses";
import { isAbort, problemOf } from "../data/server";
import type { MapSource, TableSort } from "../data/source";
import type { Problem, Row } from "../data/types";

export const PAGE_ROWS = 100;
const MOST_PAGES = 60;
/** Pages asked for while a scroll bar is dragged would all be for nothing. */
const PAUSE_MS = 40;

/** Which list it is. */
export interface ListQuery {
  clauses: FilterClause[];
  join: "and" | "or";
  sort: TableSort | null;
}

export class RowList {
  /** Rows in the list; null until that is known. */
  total = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** What is shown is of the list before: the new one is on its way. */
  isStale = $state(false);
  /** Changes with the list. */
  key = $state("");
  #pages = $state.raw<ReadonlyMap<number, readonly Row[]>>(new Map());
  #query: ListQuery = { clauses: [], join: "and", sort: null };
  #asked = new Map<number, AbortController>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: MapSource) {}

  get query(): ListQuery {
    return this.#query;
  }

  /** Turns to another list; what was shown stays until its first rows are there. */
  turnTo(query: ListQuery): void {
    const key = JSON.stringify([query.clauses.map(({ where }) => where), query.join, query.sort]);
    if (key === this.key) return;
    this.#abort(() => true);
    this.#query = query;
    this.key = key;
    this.isStale = true;
    this.problem = null;
  }

  /** Forgets what was read, as after a failure. */
  again(): void {
    this.key = "";
    this.problem = null;
  }

  /** The row at a place; null while it is on its way. */
  row(place: number): Row | null {
    return this.#pages.get(Math.floor(place / PAGE_ROWS))?.[place % PAGE_ROWS] ?? null;
  }

  /** Reads the rows from `first` to before `end`; requests for others are given up. */
  want(first: number, end: number): void {
    const from = Math.floor(first / PAGE_ROWS);
    const to = Math.floor(Math.max(first, end - 1) / PAGE_ROWS);
    const wanted: number[] = [];
    for (let page = from; page <= to; page++) if (this.isStale || !this.#pages.has(page)) wanted.push(page);
    clearTimeout(this.#timer);
    this.#abort((page) => page < from - 1 || page > to + 1);
    if (wanted.length === 0) return;
    const isNear = this.isStale || this.total === null;
    this.#timer = setTimeout(() => wanted.forEach((page) => void this.#read(page).catch(() => undefined)), isNear ? 0 : PAUSE_MS);
  }

  /** The row at a place, read if need be; null past the end. */
  async rowAt(place: number): Promise<Row | null> {
    if (this.isStale || !this.row(place)) await this.#read(Math.floor(place / PAGE_ROWS));
    return this.row(place);
  }

  /** Where a row stands in the list; null where it is not in it. */
  async placeOf(rowId: number, signal?: AbortSignal): Promise<number | null> {
    const { key } = this;
    const { place, total } = await this.source.table({ ...this.#query, offset: 0, limit: 0, find: rowId }, signal);
    if (key === this.key && !this.isStale) this.total = total;
    return place;
  }

  async #read(page: number): Promise<void> {
    if (this.#asked.has(page)) return;
    const { key } = this;
    const controller = new AbortController();
    this.#asked.set(page, controller);
    try {
      const asked = { ...this.#query, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
      const { rows, total } = await this.source.table(asked, controller.signal);
      if (key === this.key) this.#keep(page, rows, total);
    } catch (error) {
      if (!isAbort(error) && key === this.key) this.problem = problemOf(error);
      throw error;
    } finally {
      if (this.#asked.get(page) === controller) this.#asked.delete(page);
    }
  }

  #keep(page: number, rows: readonly Row[], total: number): void {
    const pages = new Map(this.isStale ? [] : this.#pages);
    pages.delete(page);
    pages.set(page, rows);
    while (pages.size > MOST_PAGES) pages.delete(pages.keys().next().value!);
    this.#pages = pages;
    this.total = total;
    this.isStale = false;
    this.problem = null;
  }

  #abort(which: (page: number) => boolean): void {
    for (const [page, controller] of this.#asked) {
      if (!which(page)) continue;
      controller.abort();
      this.#asked.delete(page);
    }
  }
}
