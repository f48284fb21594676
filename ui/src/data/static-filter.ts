/** Filters in a published map: answered in the page, from columns of all rows that are read once. */

import { NO, UNKNOWN, YES, type States, byCode, byNumber, countValues, inPolygon, join, maskOf, not } from "../core/states";
import { byTags } from "../core/tags";
import { type Bound, type Condition, type Value, WhereError, parseWhere, secondsOf } from "../core/where";
import { SourceError } from "./server";
import type { FilterClause } from "../core/clauses";
import type { FilterAnswer, FilterQuery, FilterSample } from "./source";
import type { Site } from "./static-site";
import type { Codes, TileColumn, TileManifest } from "./types";

const MOST_IN_SAMPLE = 32_768;
const MOST_KEPT = 40;
const FIX = "Here one can filter by values, ranges, topics, areas and words. Open the map with “portolan open” for the rest.";

export class Filters {
  #known = new Map<string, Promise<States>>();

  /** `matching`: rows that hold all words of a query; null where the map has no index. */
  constructor(
    private readonly site: Site,
    private readonly manifest: TileManifest,
    private readonly nClusters: (layer: number) => number,
    private readonly matching: ((query: string) => Promise<Set<number>>) | null,
    /** Where rows lie on a further layout; null: there is none of that id. */
    private readonly positionsOn: (layout: string) => Promise<{ rowIds: Uint32Array; xy: Float32Array } | null>,
  ) {}

  async answer({ clauses, join: how, facets, codes }: FilterQuery): Promise<FilterAnswer> {
    const started = performance.now();
    const parts = await Promise.all(clauses.map(async ({ key, where }) => ({ key, states: await this.states(where) })));
    const shown = joined(parts, how);
    const counts = new Map<string, number[]>();
    for (const slug of facets) {
      const column = this.manifest.columns.find((one) => one.slug === slug);
      if (!column) continue;
      const others = parts.filter(({ key }) => key !== slug);
      counts.set(slug, await this.#count(column, others.length === parts.length ? shown : joined(others, how)));
    }
    return {
      nShown: shown ? nYes(shown) : this.manifest.n_rows,
      byClause: new Map(parts.map(({ key, states }) => [key, nYes(states)])),
      mask: shown && maskOf(shown),
      counts,
      sample: await sampleOf(this.site, shown, codes),
      tookMs: performance.now() - started,
    };
  }

  /** Places in tile order of the rows that clauses keep together; null: all. */
  async shown(clauses: readonly FilterClause[], how: "and" | "or"): Promise<States | null> {
    return joined(await Promise.all(clauses.map(async ({ key, where }) => ({ key, states: await this.states(where) }))), how);
  }

  /** NO, UNKNOWN or YES for each row, in tile order. */
  states(where: string): Promise<States> {
    const known = this.#known.get(where);
    if (known) return known;
    const coming = this.#solve(read(where));
    this.#known.set(where, coming);
    coming.catch(() => this.#known.delete(where));
    if (this.#known.size > MOST_KEPT) this.#known.delete(this.#known.keys().next().value!);
    return coming;
  }

  async #solve(condition: Condition): Promise<States> {
    switch (condition.kind) {
      case "join":
        return join(condition.how, await Promise.all(condition.parts.map((part) => this.#solve(part))));
      case "not":
        return not(await this.#solve(condition.part));
      case "constant":
        return new Uint8Array(this.manifest.n_rows).fill(condition.value ? YES : NO);
      case "area":
        return this.#area(condition.layout, condition.polygon);
      case "text":
        return this.#text(condition.query);
      default:
        return isRowId(condition.column, this.manifest) ? this.#rowIds(condition) : this.#values(condition, this.#column(condition.column));
    }
  }

  async #area(layout: string, polygon: readonly [number, number][]): Promise<States> {
    if (layout === this.manifest.layout) return inPolygon(await this.site.xy(), polygon);
    const there = await this.positionsOn(layout);
    if (there) {
      const byRow = new Uint8Array(this.manifest.n_rows);
      inPolygon(there.xy, polygon).forEach((state, place) => (byRow[there.rowIds[place]!] = state));
      return Uint8Array.from(await this.site.rowIds(), (id) => byRow[id]!);
    }
    throw refusal("This area was drawn on a layout that the map does not have now.", "Draw it again on the map as it is now.");
  }

  async #text(query: string): Promise<States> {
    if (!this.matching) throw refusal("The texts of this map are not published.", "Filter by values, topics or areas.");
    const [found, rowIds] = await Promise.all([this.matching(query), this.site.rowIds()]);
    const states = new Uint8Array(rowIds.length);
    for (let i = 0; i < states.length; i++) states[i] = found.has(rowIds[i]!) ? YES : NO;
    return states;
  }

  async #rowIds(condition: Leaf): Promise<States> {
    const rowIds = await this.site.rowIds();
    if (condition.kind === "in") {
      const wanted = new Set(condition.values.map(Number));
      return byNumber(rowIds, (id) => wanted.has(id));
    }
    if (condition.kind === "between") return byNumber(rowIds, within(condition, Number));
    if (condition.kind === "missing") return new Uint8Array(rowIds.length);
    throw refusal("A row's number is compared with numbers.", "For instance: row_id IN (1, 17)");
  }

  async #values(condition: Leaf, column: TileColumn): Promise<States> {
    const { kind, missing } = column;
    if (condition.kind === "missing") return byCode(await this.site.codes(column), () => false, { code: missing, state: YES });
    if (condition.kind === "tag") return this.#tagged(condition, column);
    const isTime = kind === "time";
    if (kind === "number" || isTime) {
      const toNumber = (value: Value) => (isTime && typeof value === "string" ? secondsOf(value) : Number(value));
      if (condition.kind === "like") throw refusal(`“${column.name}” holds no texts.`, FIX);
      const values = await this.site.values(column);
      if (condition.kind === "between") return byNumber(values, within(condition, toNumber));
      const wanted = new Set(condition.values.map(toNumber));
      return byNumber(values, (value) => wanted.has(value));
    }
    const test = this.#valueTest(condition);
    const valueOf = (code: number) => (kind === "cluster" ? code : column.values?.[code]?.[0]);
    return byCode(await this.site.codes(column), (code) => test(valueOf(code)), { code: missing, state: UNKNOWN });
  }

  async #tagged({ tag }: Extract<Condition, { kind: "tag" }>, column: TileColumn): Promise<States> {
    const { values, tags } = byTags(column);
    if (!values || !tags) throw refusal(`“${column.name}” holds no lists of tags.`, FIX);
    const wanted = tag === null ? -1 : values.findIndex(([value]) => value === tag);
    const isYes = tags.lists.map((list) => (tag === null ? list === null : (list?.includes(wanted) ?? false)));
    return byCode(await this.site.codes(column), (code) => isYes[code] ?? false, { code: column.missing, state: UNKNOWN });
  }

  #valueTest(condition: Exclude<Leaf, { kind: "tag" }>): (value: Value | undefined) => boolean {
    if (condition.kind === "in") {
      const wanted = new Set(condition.values);
      return (value) => value !== undefined && wanted.has(value);
    }
    if (condition.kind === "like") return (value) => condition.pattern.test(String(value));
    if (condition.kind !== "between") return () => false;
    const { low, high } = condition;
    return (value) => {
      if (value === undefined) return false;
      const isAbove = !low || value > low.value || (low.isIn && value === low.value);
      return isAbove && (!high || value < high.value || (high.isIn && value === high.value));
    };
  }

  #column(name: string): TileColumn {
    const { columns } = this.manifest;
    const alike = columns.filter((one) => one.name.toLowerCase() === name.toLowerCase());
    const column = columns.find((one) => one.name === name) ?? (alike.length === 1 ? alike[0] : undefined);
    if (column) return column;
    const known = columns.map((one) => one.name).join(", ");
    throw refusal(`A published map cannot filter by “${name}”.`, `It can by ${known || "nothing"}, row_id, areas and words.`);
  }

  async #count(column: TileColumn, shown: States | null): Promise<number[]> {
    const isNumber = column.kind === "number" || column.kind === "time";
    const nCodes = column.kind === "cluster" ? this.nClusters(column.layer ?? 0) : (column.values?.length ?? 0);
    return countValues(await this.site.codes(column), shown, { missing: column.missing, nCodes, isNumber });
  }
}

type Leaf = Extract<Condition, { column: string }>;

const NO_SAMPLE: FilterSample = { places: new Uint32Array(), xy: new Float32Array(), rowIds: new Uint32Array(), codes: new Map() };

/** The first rows that are shown; none where all are. */
export async function sampleOf(site: Site, shown: States | null, columns: readonly TileColumn[]): Promise<FilterSample> {
  if (!shown) return NO_SAMPLE;
  const found: number[] = [];
  for (let i = 0; i < shown.length && found.length < MOST_IN_SAMPLE; i++) if (shown[i] === YES) found.push(i);
  const places = Uint32Array.from(found);
  const [xy, rowIds, ...codes] = await Promise.all([site.xy(), site.rowIds(), ...columns.map((one) => site.codes(one))]);
  const points = new Float32Array(2 * places.length);
  places.forEach((place, i) => points.set([xy[2 * place]!, xy[2 * place + 1]!], 2 * i));
  return {
    places,
    xy: points,
    rowIds: places.map((place) => rowIds[place]!),
    codes: new Map(columns.map((column, i) => [column.slug, taken(codes[i]!, places)])),
  };
}

function read(where: string): Condition {
  try {
    return parseWhere(where);
  } catch (error) {
    if (!(error instanceof WhereError)) throw error;
    throw refusal(`A published map does not understand this filter ${error.message}: ${where}`, FIX);
  }
}

function refusal(problem: string, fix: string): SourceError {
  return new SourceError({ problem, fix }, 400);
}

function joined(parts: readonly { states: States }[], how: "and" | "or"): States | null {
  return parts.length === 0 ? null : join(how, parts.map(({ states }) => states));
}

function nYes(states: States): number {
  return states.reduce((n, state) => n + Number(state === YES), 0);
}

/** `row_id`, where no column of the user's is called so. */
function isRowId(name: string, { columns }: TileManifest): boolean {
  return name.toLowerCase() === "row_id" && !columns.some((column) => column.name.toLowerCase() === "row_id");
}

function within({ low, high }: { low: Bound | null; high: Bound | null }, toNumber: (value: Value) => number): (value: number) => boolean {
  const [least, most] = [low ? toNumber(low.value) : -Infinity, high ? toNumber(high.value) : Infinity];
  return (value) => (value > least || (value === least && (low?.isIn ?? true))) && (value < most || (value === most && (high?.isIn ?? true)));
}

function taken(codes: Codes, places: Uint32Array): Codes {
  const some = codes.slice(0, places.length);
  places.forEach((place, i) => (some[i] = codes[place]!));
  return some;
}
