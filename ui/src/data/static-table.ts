/** Lists of rows in an order, in a published map: sorted in the page, by what it can filter by. */

import type { FilterClause } from "../core/clauses";
import { YES, type States } from "../core/states";
import { SourceError } from "./server";
import type { Filters } from "./static-filter";
import type { Site } from "./static-site";
import type { Cluster, TileColumn, TileManifest } from "./types";

export interface ListQuery {
  clauses: FilterClause[];
  join: "and" | "or";
  sort: { column: string; descending: boolean } | null;
  offset: number;
  limit: number;
  /** A row whose place is wanted. */
  find?: number;
}

const KEPT = 4;

export class Lists {
  #orders = new Map<string, Promise<Uint32Array>>();

  constructor(
    private readonly site: Site,
    private readonly manifest: TileManifest,
    private readonly filters: Filters,
    private readonly clusters: readonly Cluster[],
  ) {}

  /** Some rows of a list, how many it has, and where the row that was looked for stands in it. */
  async part(query: ListQuery): Promise<{ rowIds: number[]; total: number; place: number | null }> {
    const [order, shown, ids] = await Promise.all([
      this.#order(query.sort?.column ?? "row_id", query.sort?.descending ?? false),
      this.filters.shown(query.clauses, query.join),
      this.site.rowIds(),
    ]);
    const listed = shown ? kept(order, shown) : order;
    const found = query.find === undefined ? -1 : listed.findIndex((place) => ids[place] === query.find);
    const rowIds = Array.from(listed.subarray(query.offset, query.offset + query.limit), (place) => ids[place]!);
    return { rowIds, total: listed.length, place: found < 0 ? null : found };
  }

  /** Places in tile order of all rows: sorted, equal ones by row_id, those without a value last. */
  #order(name: string, isDescending: boolean): Promise<Uint32Array> {
    const key = `${name} ${isDescending}`;
    const known = this.#orders.get(key);
    if (known) return known;
    const coming = this.#sorted(name, isDescending);
    this.#orders.set(key, coming);
    coming.catch(() => this.#orders.delete(key));
    if (this.#orders.size > KEPT) this.#orders.delete(this.#orders.keys().next().value!);
    return coming;
  }

  async #sorted(name: string, isDescending: boolean): Promise<Uint32Array> {
    const ids = await this.site.rowIds();
    const byRow = Uint32Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]!);
    const column = this.manifest.columns.find((one) => one.name === name);
    if (!column && name === "row_id") return isDescending ? byRow.reverse() : byRow;
    if (!column) {
      const fix = `It can by row_id${this.manifest.columns.map((one) => `, ${one.name}`).join("")}.`;
      throw new SourceError({ problem: `A published map cannot sort by “${name}”.`, fix }, 400);
    }
    const keys = await this.#keys(column);
    const sign = isDescending ? -1 : 1;
    return byRow.sort((a, b) => {
      const [left, right] = [keys[a]!, keys[b]!];
      if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
      return sign * (left - right);
    });
  }

  /** What rows are compared by; NaN where they have no value. */
  async #keys(column: TileColumn): Promise<ArrayLike<number>> {
    if (column.kind === "number" || column.kind === "time") return this.site.values(column);
    const values: [number, string][] =
      column.kind === "cluster"
        ? this.clusters.filter(({ layer }) => layer === column.layer).map(({ cluster_id, name }) => [cluster_id, name])
        : (column.values ?? []).map(([value], code) => [code, String(value)]);
    const sorted = values.map(([code, text]): [number, string] => [code, text.trim().toLowerCase().normalize("NFD")]).filter(([, text]) => text !== "");
    sorted.sort(([codeA, a], [codeB, b]) => (a < b ? -1 : a > b ? 1 : codeA - codeB));
    const ranks = new Map(sorted.map(([code], rank) => [code, rank]));
    return Float64Array.from(await this.site.codes(column), (code) => ranks.get(code) ?? NaN);
  }
}

function kept(order: Uint32Array, shown: States): Uint32Array {
  return order.filter((place) => shown[place] === YES);
}
