import type { FilterClause, Join } from "../core/clauses";
import type { AuditSource } from "./audit";
import type { CleanSource } from "./cleaning";
import type { ConceptSource } from "./concepts";
import type { EditSource } from "./edits";
import type { TeamSource } from "./team";
import type {
  Cluster,
  Codes,
  Comparison,
  MapInfo,
  Neighbor,
  Row,
  SearchAnswer,
  TileColumn,
  TileManifest,
  TileNode,
  TilePoints,
} from "./types";

/** Where a map's parts come from: a server, a static folder, a notebook. Every call can be aborted. */
export interface MapSource {
  map(signal?: AbortSignal): Promise<MapInfo>;
  /** `version`: the map's; columns may be added to a layout while a map is made. */
  manifest(layout: string, version: string, signal?: AbortSignal): Promise<TileManifest>;
  clusters(signal?: AbortSignal): Promise<Cluster[]>;
  points(node: TileNode, signal?: AbortSignal): Promise<TilePoints>;
  /** Codes of one column, in the node's row order. */
  codes(node: TileNode, column: TileColumn, signal?: AbortSignal): Promise<Codes>;
  /** Rows in the order asked. With `previews`, texts are clamped. */
  rows(ids: readonly number[], options?: { previews?: boolean; signal?: AbortSignal }): Promise<Row[]>;
  /** A number column whose value rows are told with from now on, among their `scores`; only where the source can. */
  scoreBy?(column: string | null): void;
  /** Where rows lie, without their texts. Where missing, `rows` tells. */
  places?(ids: readonly number[], signal?: AbortSignal): Promise<{ row_id: number; x: number | null; y: number | null }[]>;
  /** `previews: false`: where they lie is enough; texts may be empty. */
  neighbors(rowId: number, options?: { limit?: number; previews?: boolean; signal?: AbortSignal }): Promise<Neighbor[]>;
  search(query: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer>;
  filter(query: FilterQuery, signal?: AbortSignal): Promise<FilterAnswer>;
  /** A link of a former layout, its clusters as the present ones. Where missing, nobody knows former layouts. */
  presentLink?(hash: string): Promise<string>;
  /** The map's folder. Where missing, it is nobody's to open. */
  place?(): Promise<string>;
  /** The same rows on a further layout: their places, tiles, clusters, and what is near them there. */
  layout?(name: string): MapSource;
  /** How far clusters differ on a further layout. */
  comparison?(name: string, signal?: AbortSignal): Promise<Comparison>;
  /** Some rows of a list. */
  table(query: TableQuery, signal?: AbortSignal): Promise<TableAnswer>;
  readonly abilities: Abilities;
  /** What people do, where it can be kept. */
  readonly edits?: EditSource;
  /** Who else is there, where several may come. */
  readonly team?: TeamSource;
  /** Learns concepts from labels, where it can. */
  readonly concepts?: ConceptSource;
  /** Recipes, exports and scores, where they can be kept. */
  readonly cleaning?: CleanSource;
  /** Audits preference pairs, where it can. */
  readonly audit?: AuditSource;
}

/** What a source can do beyond showing the map. */
export interface Abilities {
  /** Any filter expression; without, only those that facets, areas and words make. */
  expressions: boolean;
  /** Texts by meaning. */
  meaning: boolean;
  /** Changes are kept. */
  edits: boolean;
}

export interface FilterQuery {
  clauses: FilterClause[];
  join: Join;
  /** Slugs of columns whose values to count. */
  facets: string[];
  /** Columns whose codes the sample needs. */
  codes: TileColumn[];
  /** False: counts are enough; the answer may have neither sample nor mask. */
  rows?: boolean;
}

export interface FilterAnswer {
  nShown: number;
  /** By key: rows that meet each clause by itself. */
  byClause: Map<string, number>;
  /** A bit for each row in tile order, the lowest bit of a byte first; null: every row. */
  mask: Uint8Array | null;
  /** By slug: rows of each code, the missing last; of numbers and times: of each of 32 bins, the missing last. */
  counts: Map<string, number[]>;
  sample: FilterSample;
  tookMs: number;
}

/** The first rows that are kept, in tile order: all of them, where they are few. */
export interface FilterSample {
  /** In tile order, ascending. */
  places: Uint32Array;
  /** In map units, x then y of each row. */
  xy: Float32Array;
  rowIds: Uint32Array;
  codes: Map<string, Codes>;
}

/** Which list of rows, and which part of it. */
export interface TableQuery {
  clauses: FilterClause[];
  join: "and" | "or";
  /** A column, or an expression over columns; null: by row_id. Rows without a value come last. */
  sort: TableSort | null;
  offset: number;
  /** At most 200. */
  limit: number;
  /** A row whose place is wanted. */
  find?: number;
  /** False: texts are whole. */
  previews?: boolean;
  /** A number column whose value rows are told with, for once. */
  score?: string;
}

export interface TableSort {
  column: string;
  descending: boolean;
}

export interface TableAnswer {
  rows: Row[];
  /** Rows in the whole list. */
  total: number;
  /** Where the row that was looked for stands, from 0; null: not in the list. */
  place: number | null;
}

export interface SearchQuery {
  q?: string;
  /** Find rows like this one. */
  like?: number;
  limit?: number;
  /** Only rows that meet this expression. */
  where?: string;
}
