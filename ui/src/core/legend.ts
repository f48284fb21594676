/** What the legend shows for the column that colours the map. */

import { type ColumnFilter, isFiltering } from "./filter";

export interface LegendEntry {
  code: number;
  label: string;
  count: number;
  /** A CSS colour. */
  color: string;
  /** Rows of this value are filtered out. */
  isHidden: boolean;
  isMissing: boolean;
}

export interface LegendRamp {
  /** In the column's unit; time: seconds since 1970. */
  min: number;
  max: number;
  isTime: boolean;
  /** Rows in each of 32 equal bins. */
  counts: number[];
  /** Colours along the ramp, even steps. */
  stops: string[];
  /** Kept values, in the column's unit; null keeps all. */
  range: [number, number] | null;
}

export interface Legend {
  slug: string;
  name: string;
  kind: "category" | "number" | "time" | "cluster" | "boolean";
  /** Values, or the clusters of the layer; last the missing one, if any row misses the value. */
  entries: LegendEntry[];
  ramp: LegendRamp | null;
  isFiltering: boolean;
}

export interface LegendColumn {
  name: string;
  slug: string;
  kind: Legend["kind"];
  values?: [string | number | boolean, number][];
  layer?: number;
  min?: number;
  max?: number;
  counts?: number[];
  missing: number;
}

/** Codes of numbers and times run from 0 to here. */
export const LAST_NUMBER_CODE = 65534;

/** The legend of a column. `clusters`: those of the column's layer; `nRows`: all rows, to count the missing. */
export function buildLegend(
  column: LegendColumn,
  {
    colors,
    missingColor,
    filter,
    clusters,
    nRows,
  }: {
    /** By code; for numbers: even steps along the ramp. */
    colors: readonly string[];
    missingColor: string;
    filter: ColumnFilter | null;
    clusters: readonly { cluster_id: number; name: string; size: number }[];
    nRows: number;
  },
): Legend {
  const entries = valuesOf(column, clusters).map(({ code, label, count }): LegendEntry => ({
    code,
    label,
    count,
    color: colors[code] ?? missingColor,
    isHidden: filter?.hidden.has(code) ?? false,
    isMissing: false,
  }));
  const counted = column.counts ?? entries.map((entry) => entry.count);
  const nMissing = nRows - counted.reduce((sum, count) => sum + count, 0);
  if (nMissing > 0) {
    entries.push({
      code: column.missing,
      label: "no value",
      count: nMissing,
      color: missingColor,
      isHidden: filter?.hidden.has(column.missing) ?? false,
      isMissing: true,
    });
  }
  return {
    slug: column.slug,
    name: column.name,
    kind: column.kind,
    entries,
    ramp: rampOf(column, colors, filter),
    isFiltering: filter !== null && isFiltering(filter),
  };
}

function valuesOf(
  column: LegendColumn,
  clusters: readonly { cluster_id: number; name: string; size: number }[],
): { code: number; label: string; count: number }[] {
  if (column.kind === "cluster") {
    return clusters
      .map((cluster) => ({ code: cluster.cluster_id, label: cluster.name, count: cluster.size }))
      .sort((a, b) => b.count - a.count || a.code - b.code);
  }
  return (column.values ?? []).map(([value, count], code) => ({ code, label: String(value), count }));
}

function rampOf(column: LegendColumn, colors: readonly string[], filter: ColumnFilter | null): LegendRamp | null {
  if (column.kind !== "number" && column.kind !== "time") return null;
  const { min = 0, max = 0, counts = [] } = column;
  const value = (code: number) => min + (code / LAST_NUMBER_CODE) * (max - min);
  return {
    min,
    max,
    counts: [...counts],
    isTime: column.kind === "time",
    stops: [...colors],
    range: filter?.range ? [value(filter.range[0]), value(filter.range[1])] : null,
  };
}

/** The codes that hold the values from `low` to `high`. */
export function codesBetween(column: LegendColumn, low: number, high: number): [number, number] {
  const { min = 0, max = 0 } = column;
  const code = (value: number) => (max > min ? ((value - min) / (max - min)) * LAST_NUMBER_CODE : 0);
  return [Math.max(0, Math.ceil(code(low) - 0.5)), Math.min(LAST_NUMBER_CODE, Math.floor(code(high) + 0.5))];
}
