/** What the table's columns are, and what stands in their cells. */

import { columnName, firstLine, value } from "./format";
import { columnsInReading, plainTurns, question } from "./plain";

interface Turn {
  role: string;
  text: string;
}

/** A row as the table needs it. */
export interface TableRow {
  row_id: number;
  /** cluster_id in each layer, the finest first. */
  clusters: readonly number[];
  reading: { kind: string; text?: string; prompt?: Turn[]; chosen?: Turn[]; rejected?: Turn[]; turns?: Turn[]; replies?: { turns: Turn[] }[] };
  columns: Record<string, unknown>;
}

export interface TableColumn {
  /** What the server sorts by. */
  id: string;
  label: string;
  kind: "text" | "topic" | "number" | "value";
  /** topic: its layer. */
  layer?: number;
  /** CSS px to begin with; texts share the room that is left. */
  width: number;
  isSortable: boolean;
}

export interface ColumnFacts {
  kind: string;
  columns: readonly { name: string; type: string; role?: string | null }[];
  layers: readonly { layer: number; clusters: number }[];
}

/** A column is sorted where it can be: all by a server, those of the tiles in a published map. */
type CanSort = (id: string) => boolean;

const TEXT_WIDTH = 240;
const TOPIC_WIDTH = 190;
const NARROWEST = 48;
const NUMBER = /^(u?int|float|double|half|decimal)/;
const PARTS: Record<string, [id: string, label: string][]> = {
  pair: [["prompt", "Prompt"], ["chosen", "Chosen"], ["rejected", "Rejected"]],
  ranking: [["prompt", "Prompt"], ["best", "Best reply"]],
  conversation: [["prompt", "Conversation"]],
  "red-team": [["prompt", "Conversation"]],
};

/** All columns that the table can show: texts first, then topics, the user's own columns, the row's number. */
export function tableColumns({ kind, columns, layers }: ColumnFacts, canSort: CanSort = () => true): TableColumn[] {
  const read = columnsInReading(columns);
  const text = columns.find(({ role }) => role === "text")?.name ?? "text";
  const parts = PARTS[kind] ?? [[text, columnName(text)]];
  const all: TableColumn[] = [
    ...parts.map(([id, label]) => ({ id, label, kind: "text" as const, width: TEXT_WIDTH, isSortable: true })),
    ...[...layers].sort((a, b) => a.layer - b.layer).map(topicColumn),
    ...columns.filter(({ name }) => !read.includes(name)).map(valueColumn),
    { id: "row_id", label: "row", kind: "number", width: 76, isSortable: true },
  ];
  return all
    .filter((column, place) => all.findIndex(({ id }) => id === column.id) === place)
    .map((column) => ({ ...column, isSortable: column.id === "row_id" || (column.id !== "best" && canSort(column.id)) }));
}

function topicColumn({ layer, clusters }: { layer: number; clusters: number }, place: number, { length }: unknown[]): TableColumn {
  const label = length === 1 || place === 0 ? "Topic" : `Topic (of ${clusters})`;
  return { id: `cluster_${layer}`, label, kind: "topic", layer, width: TOPIC_WIDTH, isSortable: true };
}

function valueColumn({ name, type }: { name: string; type: string }): TableColumn {
  const isNumber = NUMBER.test(type);
  const label = columnName(name);
  const width = Math.max(isNumber ? 84 : 132, 34 + 7.5 * Math.min(24, label.length));
  return { id: name, label, kind: isNumber ? "number" : "value", width, isSortable: true };
}

const MOST_AT_FIRST = 4;

/** The columns shown to one who has not chosen: texts, the finest topic, and the first few of the user's own. */
export function firstColumns(columns: readonly TableColumn[]): string[] {
  const own = columns.filter(({ kind, id }) => (kind === "number" || kind === "value") && id !== "row_id").slice(0, MOST_AT_FIRST);
  return columns
    .filter((column) => column.kind === "text" || column.id === "cluster_0" || own.includes(column))
    .map(({ id }) => id);
}

/** The chosen columns in their order; those of another map are passed over, and one is always there. */
export function chosenColumns(columns: readonly TableColumn[], chosen: readonly string[] | undefined): TableColumn[] {
  const shown = columns.filter(({ id }) => (chosen ?? firstColumns(columns)).includes(id));
  return shown.length > 0 ? shown : columns.slice(0, 1);
}

/** Columns as `grid-template-columns` has them: what was not widened by hand shares the room. */
export function gridTemplate(columns: readonly TableColumn[], widths: Readonly<Record<string, number>>): string {
  const firstText = columns.find(({ kind }) => kind === "text");
  return columns
    .map((column) => {
      const set = widths[column.id];
      if (set !== undefined) return `${set}px`;
      if (column.kind !== "text") return `${column.width}px`;
      return `minmax(${column.width}px, ${column === firstText ? "1.5fr" : "1fr"})`;
    })
    .join(" ");
}

/** The width, CSS px, below which the columns together do not go. */
export function leastWidth(columns: readonly TableColumn[], widths: Readonly<Record<string, number>>): number {
  return columns.reduce((sum, { id, width }) => sum + (widths[id] ?? width), 0);
}

/** A width that a column may have. */
export function columnWidth(px: number): number {
  return Math.round(Math.min(1200, Math.max(NARROWEST, px)));
}

/** A cell whole: for copying. Null where there is no value. */
export function cellValue(column: TableColumn, row: TableRow, topic: (layer: number, clusterId: number) => string): unknown {
  if (column.id === "row_id") return row.row_id;
  if (column.kind === "topic") {
    const id = row.clusters[column.layer ?? 0] ?? -1;
    return id < 0 ? null : topic(column.layer ?? 0, id);
  }
  if (column.kind !== "text") return row.columns[column.id] ?? null;
  return plainTurns(turnsOf(column, row)) || null;
}

/** A cell as one line; "" where there is no value. */
export function cellLine(column: TableColumn, row: TableRow, topic: (layer: number, clusterId: number) => string): string {
  if (column.kind === "text") return firstLine(shownOf(column, row), 240);
  const cell = cellValue(column, row, topic);
  if (cell === null || cell === "") return "";
  return column.id === "row_id" ? String(cell) : firstLine(value(cell));
}

/** Of a prompt, what it asks in the end, as the reader has it: conversations may begin alike. Else the first turn. */
function shownOf(column: TableColumn, row: TableRow): string {
  const turns = turnsOf(column, row);
  return row.reading.prompt && column.id === "prompt" ? question(turns) : (turns[0]?.text ?? "");
}

/** How many turns a cell has beside the one that it shows. */
export function moreTurns(column: TableColumn, row: TableRow): number {
  return column.kind === "text" ? Math.max(0, turnsOf(column, row).length - 1) : 0;
}

function turnsOf({ id }: TableColumn, { reading }: TableRow): Turn[] {
  if (reading.kind === "text") return reading.text ? [{ role: "", text: reading.text }] : [];
  if (id === "chosen") return reading.chosen ?? [];
  if (id === "rejected") return reading.rejected ?? [];
  if (id === "best") return reading.replies?.[0]?.turns ?? [];
  return reading.prompt ?? reading.turns ?? [];
}
