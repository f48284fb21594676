/** What the legend shows for the column that colours the map: its facet, in colours. */

import { type CodedColumn, type Facet, type FacetEntry, type FacetRange, buildFacet } from "./facets";

export interface LegendEntry extends FacetEntry {
  /** A CSS colour. */
  color: string;
}

export interface LegendRamp extends FacetRange {
  /** Colours along the ramp, even steps. */
  stops: string[];
}

export interface Legend extends Omit<Facet, "entries" | "range"> {
  /** Values, or the clusters of the layer; last the missing one, if any row misses the value. */
  entries: LegendEntry[];
  ramp: LegendRamp | null;
}

/** Codes of numbers and times run from 0 to here. */
export const LAST_NUMBER_CODE = 65534;

/** The legend of a column. `colors`: by code; for numbers: even steps along the ramp. */
export function buildLegend(
  column: CodedColumn,
  { colors, missingColor, ...about }: { colors: readonly string[]; missingColor: string } & Parameters<typeof buildFacet>[1],
): Legend {
  const { entries, range, ...facet } = buildFacet(column, about);
  return {
    ...facet,
    entries: entries.map((entry) => ({ ...entry, color: entry.isMissing ? missingColor : (colors[entry.code] ?? missingColor) })),
    ramp: range && { ...range, stops: [...colors] },
  };
}

/** The codes that hold the values from `low` to `high`. */
export function codesBetween(column: CodedColumn, low: number, high: number): [number, number] {
  const { min = 0, max = 0 } = column;
  const code = (value: number) => (max > min ? ((value - min) / (max - min)) * LAST_NUMBER_CODE : 0);
  return [Math.max(0, Math.ceil(code(low) - 0.5)), Math.min(LAST_NUMBER_CODE, Math.floor(code(high) + 0.5))];
}
