/** Which rows one looks at: facets, drawn areas, words and expressions; what the source answers; and the way back. */

import { untrack } from "svelte";
import {
  type Corner,
  type Extra,
  type FilterClause,
  type FilterParts,
  type Join,
  NO_FILTER,
  clausesOf,
  extraKey,
  joined,
  readExtra,
  readParts,
} from "../core/clauses";
import { type ColumnFilter, isFiltering } from "../core/filter";
import type { FilterColumn } from "../core/filter-text";
import { byTags, countsByTag } from "../core/tags";
import { isAbort, problemOf } from "../data/server";
import type { FilterAnswer, MapSource } from "../data/source";
import type { Cluster, Problem, TileColumn } from "../data/types";

/**
 * Where the slider of similarity begins: for a few words and for a whole row. Of random pairs of rows, about one in a
 * hundred is as similar as the first, one in a thousand as the second: docs/filters.md.
 */
export const LIKE_TEXT = 0.4;
export const LIKE_ROW = 0.6;
/** Above as many rows, counting values takes as long as finding the rows: the map does not wait for it. */
const LARGE = 500_000;
const MOST_STEPS = 200;
/** Changes of one thing within this time are one step back: a brush that is dragged. */
const ONE_STEP_MS = 800;

/** What the page knows of the map's columns. */
export interface Columns {
  readonly columns: readonly TileColumn[];
  readonly clusters: readonly Cluster[];
  readonly nRows: number;
}

/** A filter in the words of another layout of the same rows. */
export interface Lent {
  clauses: FilterClause[];
  join: Join;
}

export class FilterState {
  parts = $state.raw<FilterParts>(NO_FILTER);
  /** The answer to `parts` as they were last answered; null: no filter, every row. */
  answer = $state.raw<FilterAnswer | null>(null);
  /** The answer that panels tell of: it follows `answer` once the map shows that. */
  #told = $state.raw<FilterAnswer | null>(null);
  /** Resolves when the map shows what it was last given. */
  whenShown: () => Promise<void> = () => Promise.resolve();
  isAsking = $state(false);
  /** The state of the map that answers are of: columns that follow what people do change with it. */
  asOf = $state("");
  /** The part about no one column that the pointer is on, by its place. */
  pointedExtra = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Slugs whose values are counted, by who shows them. */
  #watched = $state.raw<ReadonlyMap<string, readonly string[]>>(new Map());
  #past = $state.raw<readonly FilterParts[]>([]);
  #future = $state.raw<readonly FilterParts[]>([]);
  #lastChange = { what: "", at: -Infinity };
  #abort = new AbortController();
  #wanted: string | null = null;
  #codesWanted: readonly TileColumn[] = [];

  constructor(
    private readonly source: MapSource,
    private readonly known: Columns,
  ) {}

  readonly filterColumns: FilterColumn[] = $derived.by(() => {
    const codesOf = ({ kind, layer, values }: TileColumn) =>
      kind === "cluster"
        ? this.known.clusters.filter((cluster) => cluster.layer === layer).map(({ cluster_id }) => cluster_id)
        : [...(values ?? []).keys()];
    return this.known.columns.map(byTags).map((column) => ({ ...column, codes: codesOf(column) }));
  });
  /** The filter of the map that this is a further layout of. */
  lent = $state.raw<Lent | null>(null);
  readonly clauses: FilterClause[] = $derived(this.lent?.clauses ?? clausesOf(this.parts, this.filterColumns));
  /** The whole filter as one expression; "" where there is none. */
  readonly where: string = $derived(joined(this.clauses, this.parts.join));
  /** Slugs whose values are counted: those in sight. */
  readonly facets: readonly string[] = $derived([...new Set([...this.#watched.values()].flat())]);
  readonly isFiltering: boolean = $derived(this.clauses.length > 0);
  readonly canUndo: boolean = $derived(this.#past.length > 0);
  readonly canRedo: boolean = $derived(this.#future.length > 0);

  /** Rows that the filter keeps. */
  get nShown(): number {
    return this.#told?.nShown ?? this.known.nRows;
  }

  /** Rows of each value under the other filters, the missing last; null: as in the whole map. */
  countsOf(slug: string): readonly number[] | null {
    const counts = this.#told?.counts.get(slug);
    const column = this.#column(slug);
    return counts && column ? countsByTag(column, counts) : (counts ?? null);
  }

  /** Rows that meet one of the extras by itself; null while that is not known. */
  countOfExtra(place: number): number | null {
    return this.#told?.byClause.get(extraKey(place)) ?? null;
  }

  /** `who` shows the values of these columns: they are counted. */
  watch(who: string, slugs: readonly string[]): void {
    const before = untrack(() => this.#watched);
    if (before.get(who)?.join() === slugs.join()) return;
    this.#watched = new Map([...before, [who, slugs]]);
  }

  filterOf(slug: string): ColumnFilter | null {
    return this.parts.columns.find((filter) => filter.slug === slug) ?? null;
  }

  /** Filters by what an expression says: a link, or a person who went back. */
  readFrom(where: string): void {
    if (where !== this.where) this.#change("link", readParts(where, this.filterColumns));
  }

  // Facets.

  /** Hides or shows the rows of one value. */
  toggle(slug: string, code: number): void {
    const before = this.filterOf(slug);
    const hidden = new Set(before?.hidden);
    if (!hidden.delete(code)) hidden.add(code);
    // The last tag that is kept was let go.
    if (before?.isAny && hidden.size === this.#codes(slug).length) hidden.clear();
    this.#set({ slug, hidden, range: null, ...(before?.isAny && { isAny: true }) });
  }

  /** Shows one value's rows alone; once more shows all. */
  only(slug: string, code: number): void {
    const others = this.#codes(slug).filter((other) => other !== code);
    const { hidden, isAny } = this.filterOf(slug) ?? {};
    const hasTags = this.#column(slug)?.tags !== undefined;
    const isAlone = hidden !== undefined && !hidden.has(code) && others.every((other) => hidden.has(other)) && hasTags === (isAny ?? false);
    this.#set({ slug, hidden: new Set(isAlone ? [] : others), range: null, ...(hasTags && { isAny: true }) });
  }

  /** Shows all rows but one value's; once more shows all. */
  without(slug: string, code: number): void {
    const { hidden, isAny } = this.filterOf(slug) ?? {};
    const isWithout = hidden?.size === 1 && hidden.has(code) && !isAny;
    this.#set({ slug, hidden: new Set(isWithout ? [] : [code]), range: null });
  }

  /** Keeps numbers from `low` to `high`, in the column's unit; null keeps all. */
  setRange(slug: string, range: readonly [number, number] | null): void {
    this.#set({ slug, hidden: new Set(), range });
  }

  clear(slug?: string): void {
    if (slug === undefined) this.#change("clear", NO_FILTER);
    else this.#change(slug, { ...this.parts, columns: this.parts.columns.filter((filter) => filter.slug !== slug) });
  }

  /** All codes of a column that rows can have, the missing one last. */
  #codes(slug: string): number[] {
    const column = this.#column(slug);
    return column ? [...column.codes, column.missing] : [];
  }

  #column(slug: string): FilterColumn | undefined {
    return this.filterColumns.find((one) => one.slug === slug);
  }

  #set(filter: ColumnFilter): void {
    const others = this.parts.columns.filter(({ slug }) => slug !== filter.slug);
    // A range is dragged; values are clicked, one step each.
    this.#change(filter.range ? filter.slug : "", { ...this.parts, columns: isFiltering(filter) ? [...others, filter] : others });
  }

  // What is about no one column.

  /** Keeps rows within a polygon of the map. */
  addArea(layout: string, polygon: readonly Corner[], { isNot = false }: { isNot?: boolean } = {}): void {
    this.#add({ kind: "area", layout, polygon, isNot });
  }

  addWords(query: string): void {
    this.#add({ kind: "words", query, isNot: false });
  }

  /** Keeps rows that are like a text or a row. */
  addMeaning(like: string | number, least: number): void {
    this.#add({ kind: "meaning", like, least, isNot: false });
  }

  addExpression(sql: string): void {
    this.#add(readExtra(sql));
  }

  /** What is wrong with an expression; null: nothing. */
  async check(sql: string): Promise<Problem | null> {
    try {
      await this.source.filter({ clauses: [{ key: "check", where: sql }], join: "and", facets: [], codes: [] });
      return null;
    } catch (error) {
      return problemOf(error);
    }
  }

  replaceExtra(place: number, extra: Extra): void {
    const extras = this.parts.extras.map((old, at) => (at === place ? extra : old));
    this.#change(`extra ${place}`, { ...this.parts, extras });
  }

  removeExtra(place: number): void {
    this.pointedExtra = null;
    this.#change("remove", { ...this.parts, extras: this.parts.extras.filter((_, at) => at !== place) });
  }

  #add(extra: Extra): void {
    this.#change("add", { ...this.parts, extras: [...this.parts.extras, extra] });
  }

  setJoin(join: Join): void {
    this.#change("join", { ...this.parts, join });
  }

  // Back and forth.

  undo(): boolean {
    const before = this.#past[this.#past.length - 1];
    if (!before) return false;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.parts];
    this.#lastChange = { what: "", at: -Infinity };
    this.parts = before;
    return true;
  }

  redo(): boolean {
    const next = this.#future[this.#future.length - 1];
    if (!next) return false;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.parts];
    this.parts = next;
    return true;
  }

  #change(what: string, parts: FilterParts): void {
    const now = performance.now();
    const isSame = what !== "" && what === this.#lastChange.what && now - this.#lastChange.at < ONE_STEP_MS && this.#past.length > 0;
    if (!isSame) this.#past = [...this.#past.slice(1 - MOST_STEPS), this.parts];
    this.#lastChange = { what, at: now };
    this.#future = [];
    this.parts = parts;
  }

  // The answer.

  /** Asks again for what was not answered. */
  again(): Promise<void> {
    return this.ask(this.#codesWanted);
  }

  /** Asks for what the parts keep, if that is not known; `codes`: columns that colour what is kept. Call when either changes. */
  async ask(codes: readonly TileColumn[]): Promise<void> {
    const { clauses, facets } = this;
    const query = { clauses, join: this.lent?.join ?? this.parts.join, facets: [...facets], codes: [...codes] };
    const wanted = clauses.length === 0 ? "" : JSON.stringify([clauses, query.join, facets, codes.map(({ slug }) => slug), this.asOf]);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#codesWanted = codes;
    this.#abort.abort();
    this.problem = null;
    if (wanted === "") {
      this.isAsking = false;
      this.answer = this.#told = null;
      return;
    }
    const { signal } = (this.#abort = new AbortController());
    this.isAsking = true;
    try {
      const isLarge = this.known.nRows > LARGE && facets.length > 0;
      const answer = await this.source.filter(isLarge ? { ...query, facets: [] } : query, signal);
      if (signal.aborted) return;
      this.answer = answer;
      // The map first: without a graphics card, counts that change in the same frame would keep it waiting.
      await this.whenShown();
      const { counts } = isLarge && !signal.aborted ? await this.source.filter({ ...query, codes: [], rows: false }, signal) : answer;
      if (!signal.aborted) this.#told = { ...answer, counts };
    } catch (error) {
      // What was shown stays: a typing mistake in an expression is no reason to lose sight of the rows.
      if (!isAbort(error) && !signal.aborted) {
        this.problem = problemOf(error);
        this.#wanted = null;
      }
    } finally {
      if (!signal.aborted) this.isAsking = false;
    }
  }
}
