/** What a map is made of, as the page sees it: the answers of a MapSource. */

export interface MapInfo {
  name: string;
  description: string;
  n_rows: number;
  kind: RowKind;
  /** Which column plays which part, as one line to show. */
  roles: string;
  columns: { name: string; type: string; role?: string | null }[];
  /** Null until there are tiles. */
  layout: string | null;
  state?: "building" | "ready";
  /** The first stage that is not finished. */
  next_stage?: string | null;
  /** Layer 0 is the finest. */
  layers: { layer: number; clusters: number }[];
  quality: Record<string, unknown>;
  stages: Record<string, unknown>;
  is_searchable: boolean;
  version: string;
}

export type RowKind = "text" | "pair" | "conversation" | "ranking" | "red-team";

export interface Cluster {
  cluster_id: number;
  layer: number;
  /** cluster_id in layer + 1; -1 in the coarsest layer. */
  parent_id: number;
  name: string;
  keyphrases: string[];
  size: number;
  exemplars: (number | string)[];
  density: number;
  x: number;
  y: number;
}

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
  /** cluster: the code is the cluster_id in this layer. */
  layer?: number;
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

export interface Turn {
  role: string;
  text: string;
}

/** What the page typesets. */
export type Reading =
  | { kind: "text"; text: string }
  | { kind: "pair"; prompt: Turn[]; chosen: Turn[]; rejected: Turn[] }
  | { kind: "conversation"; turns: Turn[] }
  | { kind: "ranking"; prompt: Turn[]; replies: { turns: Turn[]; rank: number; name: string }[] }
  | { kind: "red-team"; turns: Turn[]; facts: Record<string, unknown> };

export interface Row {
  row_id: number;
  x: number;
  y: number;
  /** cluster_id in each layer, finest first; -1: no text. */
  clusters: number[];
  reading: Reading;
  /** The other columns, as given. */
  columns: Record<string, unknown>;
}

export interface Neighbor {
  row_id: number;
  similarity: number;
  preview: string;
  x: number;
  y: number;
}

export interface SearchResult {
  row_id: number;
  score: number;
  x: number;
  y: number;
  snippet: { text: string; is_match: boolean }[];
  found_by: ("words" | "meaning")[];
}

export interface SearchAnswer {
  results: SearchResult[];
  took_ms: number;
  total: number;
}

/** What went wrong, and what the person can do. */
export interface Problem {
  problem: string;
  fix: string;
  details?: string;
}
