/** The shape of what the page knows. Panels get these as props and send events back. */

import type { Neighbor, Problem, Row, SearchResult } from "../data/types";

/** What `<html data-state>` says. */
export type Phase = "loading" | "first-frame" | "ready" | "error";

export type { Camera, Insets, Size } from "../core/camera";

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

/** A tab of the left panel. */
export type LeftTab = "topics" | "filters" | "labels" | "audit" | "clean";

export interface PanelState {
  outline: boolean;
  legend: boolean;
  /** What the left panel shows. */
  leftTab: LeftTab;
  /** What of a pair is labelled; null: the whole. */
  labelSide: "chosen" | "rejected" | null;
  /** Facets that were opened or closed, by the column's name. */
  facets: Readonly<Record<string, boolean>>;
  help: boolean;
  /** Size of points, palettes, what is blurred. */
  appearance: boolean;
  /** The list of all commands is open. */
  palette: boolean;
  /** CSS px. */
  readerWidth: number;
  readerIsFull: boolean;
  table: boolean;
  /** CSS px. */
  tableHeight: number;
  /** Columns of the table, by the map's name. */
  tables: Readonly<Record<string, TableLook>>;
}

/** What a map's table looked like when it was left. */
export interface TableLook {
  /** Ids of the columns shown; absent: those that everyone sees first. */
  columns?: string[];
  /** CSS px of the columns that were widened. */
  widths: Readonly<Record<string, number>>;
}

/** How many rows are drawn after filters. */
export interface ShownCount {
  shown: number;
  total: number;
  /** False where it is an estimate from the rows loaded so far. */
  isExact: boolean;
}
