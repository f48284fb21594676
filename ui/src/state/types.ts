/** The shape of what the page knows. Panels get these as props and send events back. */

import type { Neighbor, Problem, Row, SearchResult } from "../data/types";

/** What `<html data-state>` says. */
export type Phase = "loading" | "first-frame" | "ready" | "error";

/** Centre of the view in map units; at zoom 0 the root square is 256 px wide, each step doubles it. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

/** A cluster is named by its layer and id. */
export interface ClusterRef {
  layer: number;
  cluster_id: number;
}

export interface HoverState {
  rowId: number;
  /** Where the point is drawn, in CSS px from the window's top left. */
  x: number;
  y: number;
  /** Radius of the drawn point, CSS px: the card keeps clear of it. */
  radius: number;
  /** Null until the row has come. */
  row: Row | null;
}

export interface PinState {
  rowId: number;
  /** Null while loading. */
  row: Row | null;
  neighbors: Neighbor[] | null;
  problem: Problem | null;
}

export interface SearchState {
  /** What is in the box. */
  query: string;
  /** Set when the person asked for rows like this one. */
  like: number | null;
  status: "idle" | "searching" | "done" | "error";
  results: SearchResult[];
  total: number;
  tookMs: number;
  /** The result that the keyboard is on; -1: none. */
  active: number;
  problem: Problem | null;
}

export type Theme = "system" | "light" | "dark";

export interface PanelState {
  outline: boolean;
  legend: boolean;
  help: boolean;
  /** CSS px. */
  readerWidth: number;
  readerIsFull: boolean;
}

/** A node of the outline: a cluster, its colour on the map, the clusters in it (largest first). */
export interface OutlineNode {
  layer: number;
  cluster_id: number;
  name: string;
  size: number;
  color: string;
  children: OutlineNode[];
}

/** How many rows are drawn after filters. */
export interface ShownCount {
  shown: number;
  total: number;
  /** False where it is an estimate from the rows loaded so far. */
  isExact: boolean;
}
