/** Two maps in the colours of the first: one sees where its topics go. */

import type { TileColumn } from "../data/types";
import type { Coloring } from "./coloring.svelte";
import type { CompareState } from "./compare.svelte";
import type { Session } from "./session.svelte";

/** What the map's own layout is called in the tiles of a further one. */
const MAIN = "main";
const KEPT = /^kept_neighbors_/;

export class CompareColors {
  constructor(private readonly compare: CompareState) {}

  /** Colours by how many neighbours each row keeps; once more: by topics again. */
  toggleKept(): void {
    const { colors } = this.compare.lead;
    const kept = colors.columns.find((column) => column.name === this.#keptColumn(this.compare.lead));
    colors.slug = kept && colors.slug !== kept.slug ? kept.slug : colors.defaultSlug();
  }

  get isByKept(): boolean {
    return KEPT.test(this.compare.lead.colors.column?.name ?? "");
  }

  /** The map's own column that colours both panes; null where the further layout's clusters do. */
  get ownColumn(): TileColumn | null {
    const { lead, main } = this.compare;
    const { column } = lead.colors;
    if (!column || lead === main) return column;
    return column.kind === "cluster" ? null : this.#counterpart(column, main);
  }

  /** Points of the other pane have the colours of the first. */
  share(beside: Session): void {
    const { lead, main } = this.compare;
    const other = lead === main ? beside : main;
    const { coloring } = lead.colors;
    const column = coloring.column && this.#counterpart(coloring.column, other);
    const borrowed: Coloring | null = column ? { ...coloring, column, missingCode: column.missing } : null;
    lead.colors.borrowed = null;
    other.colors.borrowed = coloring.column === null ? coloring : borrowed;
  }

  /** The column of the clusters of `of` in the tiles of `session`. */
  guests(session: Session, of: Session): TileColumn | null {
    const name = of === this.compare.main ? MAIN : this.compare.name;
    // Read for its columns, which come while a map is made.
    void session.colors.columns;
    return session.tiles?.manifest.columns.find((column) => column.of === name) ?? null;
  }

  /** Leaves the map with colours of its own. */
  giveBack(): void {
    const { main, layout } = this.compare;
    main.colors.borrowed = null;
    if (main.colors.column?.name === layout?.kept_column) main.colors.slug = main.colors.defaultSlug();
  }

  /** The column of `other` that says what `column` says in the first pane. */
  #counterpart(column: TileColumn, other: Session): TileColumn | null {
    if (column.kind === "cluster") return this.guests(other, this.compare.lead);
    const name = KEPT.test(column.name) ? this.#keptColumn(other) : column.name;
    return other.colors.columns.find((one) => one.name === name && one.kind === column.kind) ?? null;
  }

  #keptColumn(session: Session): string | null {
    return session === this.compare.main ? (this.compare.layout?.kept_column ?? null) : `kept_neighbors_${MAIN}`;
  }
}
