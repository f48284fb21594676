/** What a map is made of, as the page sees it: the answers of a MapSource. */

import type { components } from "./api.generated";

type Answers = components["schemas"];

export type MapInfo = Answers["MapInfo"];
export type RowKind = MapInfo["kind"];
/** A cluster that has its place on the map. */
export type Cluster = Answers["Cluster"] & { x: number; y: number };
export type Turn = Answers["Turn"];
/** What the page typesets. */
export type Reading = Answers["Row"]["reading"];
/** A published map's rows come without `scores`. */
export type Row = Omit<Answers["Row"], "scores"> & Partial<Pick<Answers["Row"], "scores">>;
export type Neighbor = Answers["Neighbor"];
export type SearchResult = Answers["SearchResult"];
/** A further layout of the map's rows. */
export type FurtherLayout = Answers["FurtherLayout"];
/** How far the map's clusters differ in a further layout. */
export type Comparison = Answers["ComparisonAnswer"];
export type SearchAnswer = Answers["SearchAnswer"];

/** What went wrong, and what the person can do. */
export interface Problem {
  problem: string;
  fix: string;
  details?: string;
}

// The tiles are files, not answers: docs/map-format.md.

export interface TileNode {
  /** "z/x/y" */
  key: string;
  /** First row's place in tile order. */
  start: number;
  /** Rows kept in this node. */
  count: number;
}

export type ColumnKind = "category" | "number" | "time" | "cluster" | "boolean";

export interface TileColumn {
  name: string;
  slug: string;
  kind: ColumnKind;
  encoding: "u8" | "u16" | "u32";
  /** category and boolean: [value, count]; the code is the place in the list. */
  values?: [string | number | boolean, number][];
  /** category: values are lists of strings, as JSON. */
  is_list?: boolean;
  /** cluster: the code is the cluster_id in this layer. */
  layer?: number;
  /** cluster: of this other layout, not of the one that the tiles show. */
  of?: string;
  /** number and time (seconds since 1970): code = round((v - min) / (max - min) * 65534). */
  min?: number;
  max?: number;
  /** number and time: rows in each of 32 equal bins. */
  counts?: number[];
  /** The code of a missing value. */
  missing: number;
}

export interface TileManifest {
  version: number;
  layout: string;
  n_rows: number;
  /** The root square: [x, x + size] × [y, y + size]. */
  x: number;
  y: number;
  size: number;
  capacity: number;
  nodes: TileNode[];
  columns: TileColumn[];
}

/** Positions relative to the node's square, and the rows they belong to. */
export interface TilePoints {
  /** x then y of each row, in [0, 1]. */
  xy: Float32Array;
  rowIds: Uint32Array;
}

export type Codes = Uint8Array | Uint16Array | Uint32Array;
