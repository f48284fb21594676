/** The table beside the map: its list, its order, its columns, and the row that the keyboard is on. */

import { untrack } from "svelte";
import { cellValue, chosenColumns, columnWidth, type TableColumn, tableColumns } from "../core/table-columns";
import { writeCsv, writeJson } from "../core/table-text";
import type { MapSource, TableSort } from "../data/source";
import type { Row } from "../data/types";
import { RowList } from "./row-list.svelte";
import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";
import type { TableLook } from "./types";

export type CopyFormat = "csv" | "json";
export const MOST_COPIED = 10_000;
const COPY_ROWS = 200;
/** Looks of so many maps are remembered. */
const MOST_LOOKS = 40;

export class TableState {
  readonly list: RowList;
  /** Where columns are remembered; null until the page has settings. */
  settings = $state.raw<Settings | null>(null);
  sort = $state.raw<TableSort | null>(null);
  /** Place of the row that the keyboard is on; -1: none. */
  active = $state(-1);
  /** Place among the shown columns of the cell that the keyboard is on. */
  activeColumn = $state(0);
  /** A row that should be in sight; a new object each time. */
  reveal = $state.raw<{ place: number } | null>(null);
  /** How many rows were copied so far; null: nothing is being copied. */
  copied = $state<number | null>(null);

  readonly columns: TableColumn[] = $derived.by(() => (this.session.info ? tableColumns(this.session.info, (id) => this.#canSort(id)) : []));
  readonly look: TableLook = $derived.by(() => this.settings?.panels.tables[this.#mapName()] ?? { widths: {} });
  readonly shown: TableColumn[] = $derived(chosenColumns(this.columns, this.look.columns));

  constructor(
    private readonly session: Session,
    private readonly source: MapSource,
  ) {
    this.list = new RowList(source);
  }

  get isOpen(): boolean {
    return this.settings?.panels.table ?? false;
  }

  /** Opens or closes the table; the view makes room for it. */
  show(isOpen: boolean): void {
    this.settings?.set({ table: isOpen });
  }

  /** Keeps the list in step with filter and order; call within an effect. */
  follow(): void {
    const { clauses, parts } = this.session.filters;
    const before = this.list.key;
    this.list.turnTo({ clauses, join: parts.join, sort: this.isOpen ? this.sort : null });
    if (this.list.key === before) return;
    this.active = -1;
    // The lines may not be there to ask: an empty table shows none.
    if (this.isOpen) untrack(() => this.list.want(0, 1));
  }

  /** By this column upwards, then downwards, then as the rows came. */
  sortBy(column: string): void {
    const { sort } = this;
    if (sort?.column !== column) this.sort = { column, descending: false };
    else this.sort = sort.descending ? null : { column, descending: true };
  }

  #canSort(id: string): boolean {
    const { source, colors } = this.session;
    return source.abilities.expressions || colors.columns.some(({ name }) => name === id);
  }

  #mapName(): string {
    return this.session.info?.name ?? "";
  }

  /** What other maps' tables look like, the latest of them. */
  #otherLooks({ panels }: Settings): Record<string, TableLook> {
    return Object.fromEntries(
      Object.entries(panels.tables)
        .filter(([name]) => name !== this.#mapName())
        .slice(1 - MOST_LOOKS),
    );
  }

  #setLook(change: Partial<TableLook>): void {
    const { settings } = this;
    if (!settings) return;
    settings.set({ tables: { ...this.#otherLooks(settings), [this.#mapName()]: { ...this.look, ...change } } });
  }

  /** Shows or hides a column; the last one stays. */
  toggleColumn(id: string): void {
    const ids = this.shown.map((column) => column.id);
    const columns = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
    if (columns.length > 0) this.#setLook({ columns });
  }

  setWidth(id: string, px: number): void {
    this.#setLook({ widths: { ...this.look.widths, [id]: columnWidth(px) } });
  }

  resetColumns(): void {
    const { settings } = this;
    if (!settings) return;
    settings.set({ tables: this.#otherLooks(settings) });
  }

  readonly topicName = (layer: number, cluster_id: number): string =>
    this.session.cluster({ layer, cluster_id })?.name ?? "";

  /** The rows of the list as text, at most 10,000 of them, their texts whole. */
  async text(format: CopyFormat): Promise<string> {
    const columns = [...this.shown].sort((a, b) => Number(b.id === "row_id") - Number(a.id === "row_id"));
    if (columns[0]?.id !== "row_id") columns.unshift(this.columns.find(({ id }) => id === "row_id")!);
    const lines: unknown[][] = [];
    this.copied = 0;
    try {
      for (let total = MOST_COPIED; lines.length < Math.min(total, MOST_COPIED); this.copied = lines.length) {
        const answer = await this.source.table({ ...this.list.query, offset: lines.length, limit: COPY_ROWS, previews: false });
        total = answer.total;
        lines.push(...answer.rows.map((row: Row) => columns.map((column) => cellValue(column, row, this.topicName))));
        if (answer.rows.length === 0) break;
      }
    } finally {
      this.copied = null;
    }
    const names = columns.map(({ id }) => id);
    return (format === "csv" ? writeCsv : writeJson)(names, lines.slice(0, MOST_COPIED));
  }
}
