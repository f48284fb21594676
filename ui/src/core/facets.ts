/** What the filter panel shows of a column: its values or its range, with counts of what one looks at and of all. */

import { type ColumnFilter, isFiltering } from "./filter";
import type { TagTable } from "./tags";

/** A column as the tiles have it: small codes. */
export interface CodedColumn {
  name: string;
  slug: string;
  kind: "category" | "number" | "time" | "cluster" | "boolean";
  /** category and boolean: [value, count] of each code. */
  values?: [string | number | boolean, number][];
  layer?: number;
  min?: number;
  max?: number;
  /** number and time: rows in each of 32 equal bins. */
  counts?: number[];
  /** The code of a missing value. */
  missing: number;
  /** Values are lists of strings, as JSON: core/tags.ts. */
  is_list?: boolean;
  /** Of a column whose values are tags: what its codes stand for. */
  tags?: TagTable | undefined;
}

export interface FacetEntry {
  code: number;
  label: string;
  /** Rows of this value that meet the other filters. */
  count: number;
  /** Rows of this value in the map. */
  total: number;
  isHidden: boolean;
  isMissing: boolean;
}

export interface FacetRange {
  /** In the column's unit; time: seconds since 1970. */
  min: number;
  max: number;
  isTime: boolean;
  /** Rows in each bin that meet the other filters, and of the map. */
  counts: readonly number[];
  totals: readonly number[];
  range: readonly [number, number] | null;
}

export interface Facet {
  slug: string;
  name: string;
  kind: CodedColumn["kind"];
  entries: readonly FacetEntry[];
  range: FacetRange | null;
  isFiltering: boolean;
}

/** `counts`: by code, or by bin, the missing last; null: as in the whole map. */
export function buildFacet(
  column: CodedColumn,
  { filter, counts, clusters, nRows }: {
    filter: ColumnFilter | null;
    counts: readonly number[] | null;
    clusters: readonly { cluster_id: number; name: string; size: number }[];
    nRows: number;
  },
): Facet {
  const known = valuesOf(column, clusters);
  const totals = column.counts ?? known.map(({ total }) => total);
  const nMissing = nRows - (column.tags?.nTagged ?? totals.reduce((sum, n) => sum + n, 0));
  const values = nMissing > 0 ? [...known, { code: column.missing, label: "no value", total: nMissing }] : known;
  const countOf = (code: number, total: number) => (counts ? (counts[code === column.missing ? counts.length - 1 : code] ?? 0) : total);
  const isRange = column.kind === "number" || column.kind === "time";
  return {
    slug: column.slug,
    name: column.name,
    kind: column.kind,
    entries: isRange
      ? []
      : values.map((value) => ({
          ...value,
          count: countOf(value.code, value.total),
          isHidden: filter?.hidden.has(value.code) ?? false,
          isMissing: value.code === column.missing,
        })),
    range: isRange
      ? {
          min: column.min ?? 0,
          max: column.max ?? 0,
          isTime: column.kind === "time",
          counts: counts ? counts.slice(0, -1) : totals,
          totals,
          range: filter?.range ?? null,
        }
      : null,
    isFiltering: filter !== null && isFiltering(filter),
  };
}

function valuesOf(
  column: CodedColumn,
  clusters: readonly { cluster_id: number; name: string; size: number }[],
): { code: number; label: string; total: number }[] {
  if (column.kind === "cluster") {
    return clusters
      .map((cluster) => ({ code: cluster.cluster_id, label: cluster.name, total: cluster.size }))
      .sort((a, b) => b.total - a.total || a.code - b.code);
  }
  return (column.values ?? []).map(([value, total], code) => ({ code, label: String(value), total }));
}

/** The range that a drag over a histogram of `nBins` says: whole bins; null where it covers all. `from`, `to` in [0, 1]. */
export function brushed(
  from: number,
  to: number,
  { min, max, nBins }: { min: number; max: number; nBins: number },
): [number, number] | null {
  const [low, high] = from < to ? [from, to] : [to, from];
  const first = Math.max(0, Math.floor(low * nBins + 1e-9));
  const last = Math.min(nBins, Math.max(first + 1, Math.ceil(high * nBins - 1e-9)));
  if (first <= 0 && last >= nBins) return null;
  const edge = (bin: number) => (bin <= 0 ? min : bin >= nBins ? max : tidy(min + ((max - min) * bin) / nBins, max - min));
  return [edge(first), edge(last)];
}

/** A number with no more digits than its place in a span of that width tells. */
function tidy(value: number, span: number): number {
  if (!(span > 0)) return value;
  const digits = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(span))));
  return Number(value.toFixed(digits));
}
