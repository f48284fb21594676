import type {
  Cluster,
  Codes,
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
  neighbors(rowId: number, options?: { limit?: number; signal?: AbortSignal }): Promise<Neighbor[]>;
  search(query: SearchQuery, signal?: AbortSignal): Promise<SearchAnswer>;
}

export interface SearchQuery {
  q?: string;
  /** Find rows like this one. */
  like?: number;
  limit?: number;
}
