/** What the legend shows for the column that colours the map. */

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
