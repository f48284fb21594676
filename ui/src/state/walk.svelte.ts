/** Which row comes next: what one steps through while reading. */

import { type Place, placed } from "../core/camera";
import type { Session } from "./session.svelte";

/** Where one is in what is stepped through, from 0. */
export interface WalkPlace {
  index: number;
  total: number;
  /** One tried to go past this end. */
  end: "first" | "last" | null;
}

interface Near {
  rows: (Place & { row_id: number })[];
  at: number;
}

const NOWHERE: Near = { rows: [], at: -1 };

/**
 * The table's rows in their order while it is open, else the results of a search, else the rows that the filter keeps,
 * else the marked rows; where there is none of these, a row and those like it.
 */
export class Walk {
  /** Marked rows, or a row and those like it. */
  #near = $state.raw<Near>(NOWHERE);
  /** Where a row stands in the list; null: not in it. */
  #spot = $state.raw<{ rowId: number; key: string; place: number | null } | null>(null);
  #end = $state<WalkPlace["end"]>(null);
  /** The row whose line was brought into sight. */
  #shown = -1;
  #finding = new AbortController();
  #steps: Promise<void> = Promise.resolve();

  constructor(private readonly session: Session) {}

  get #way(): "list" | "results" | "near" {
    const { table, search, filters } = this.session;
    if (table.isOpen) return "list";
    if (search.isOpen) return "results";
    return filters.isFiltering ? "list" : "near";
  }

  /** Null where that is nothing yet. */
  get place(): WalkPlace | null {
    const { search, table } = this.session;
    const [index, total] =
      this.#way === "list"
        ? [this.#spotNow?.place ?? -1, table.list.total ?? 0]
        : this.#way === "results"
          ? [search.state.active, search.state.results.length]
          : [this.#near.at, this.#near.rows.length];
    return index < 0 || index >= total ? null : { index, total, end: this.#end };
  }

  /** The place of the row in the reader, if it is known for the list as it is now. */
  get #spotNow(): { place: number | null } | null {
    const { reading, table } = this.session;
    const spot = this.#spot;
    return spot && spot.rowId === reading.pin?.rowId && spot.key === table.list.key ? spot : null;
  }

  /** A row was opened, by a step or otherwise. */
  opened(rowId: number): void {
    this.#end = null;
    if (this.#near.rows[this.#near.at]?.row_id !== rowId) this.#near = NOWHERE;
  }

  /** Opens the row at a place of the table's list. */
  openAt(place: number): void {
    const { list } = this.session.table;
    const row = list.row(place);
    if (!row) return;
    this.#spot = { rowId: row.row_id, key: list.key, place };
    this.#shown = row.row_id;
    this.#open(row);
  }

  /** Finds the open row in the list, and its line in the table; call within an effect. */
  follow(): void {
    const { reading, table } = this.session;
    const rowId = reading.pin?.rowId;
    this.#finding.abort();
    if (rowId === undefined || this.#way !== "list") return;
    const { key } = table.list;
    if (this.#spotNow) return this.#show(rowId, this.#spotNow.place);
    const { signal } = (this.#finding = new AbortController());
    table.list.placeOf(rowId, signal).then(
      (place) => {
        if (!signal.aborted) this.#spot = { rowId, key, place };
      },
      () => undefined, // The list tells of its own failures.
    );
  }

  /** The line of a row that was opened comes into sight, once: a new order is seen from its beginning. */
  #show(rowId: number, place: number | null): void {
    const { table } = this.session;
    if (place === null || !table.isOpen || this.#shown === rowId) return;
    this.#shown = rowId;
    table.active = place;
    table.reveal = { place };
  }

  /** Opens the next or the previous row. False: there is nothing to step through. */
  step(by: 1 | -1): boolean {
    this.#end = null;
    if (this.#way === "results") return this.#stepResults(by);
    if (this.#way === "near") return this.#stepNear(by);
    // One after the other: keys may come faster than rows.
    this.#steps = this.#steps.then(() => this.#stepList(by)).catch(() => undefined);
    return true;
  }

  async #stepList(by: 1 | -1): Promise<void> {
    const { reading, table } = this.session;
    const { list } = table;
    const rowId = reading.pin?.rowId;
    const start = table.active >= 0 && table.isOpen ? table.active - by : -1;
    const now = rowId === undefined ? start : (this.#spotNow ?? { place: await list.placeOf(rowId) }).place;
    const next = now === null ? 0 : Math.max(now, -1) + by;
    const row = next < 0 ? null : await list.rowAt(next);
    if (!row) {
      this.#end = next < 0 ? "first" : "last";
      return;
    }
    this.#spot = { rowId: row.row_id, key: list.key, place: next };
    this.#open(row);
    const after = next + by < 0 ? null : await list.rowAt(next + by);
    if (after) reading.prefetch(after.row_id);
  }

  #stepResults(by: 1 | -1): boolean {
    const { search, reading } = this.session;
    const { active, results } = search.state;
    if (results.length === 0) return false;
    if (active >= 0 && !results[active + by]) {
      this.#end = by > 0 ? "last" : "first";
      return true;
    }
    const result = search.move(by);
    if (result) this.#open(result);
    const after = results[search.state.active + by];
    if (after) reading.prefetch(after.row_id);
    return true;
  }

  #stepNear(by: 1 | -1): boolean {
    const before = this.#near;
    const near = before.rows.length < 2 ? this.#newNear(by) : { ...before, at: before.at + by };
    const row = near.rows[near.at];
    if (!row) {
      if (near.rows.length > 1) this.#end = by > 0 ? "last" : "first";
      return near.rows.length > 1;
    }
    this.#near = near;
    this.#open(row);
    const after = near.rows[near.at + by];
    if (after) this.session.reading.prefetch(after.row_id);
    return true;
  }

  /** `at` is where the first step leads. */
  #newNear(by: 1 | -1): Near {
    const { reading, selected, tiles, view } = this.session;
    const { pin } = reading;
    const marked = placed(selected);
    if (marked.length > 0) {
      const now = marked.findIndex((row) => row.row_id === pin?.rowId);
      return { rows: marked, at: now < 0 ? (by > 0 ? 0 : marked.length - 1) : now + by };
    }
    const alike = placed(pin?.neighbors ?? []);
    if (pin) return { rows: [...placed(pin.row ? [pin.row] : []), ...alike], at: by > 0 ? 1 : -1 };
    const { x, y } = view.middle();
    const at = view.toMap({ x, y });
    const nearest = tiles?.pick(at.x, at.y, view.size.width / view.scale);
    return { rows: nearest ? [{ row_id: nearest.rowId, x: nearest.x, y: nearest.y }] : [], at: 0 };
  }

  #open(row: { row_id: number; x: number | null; y: number | null }): void {
    void this.session.openRow(row.row_id, placed([row])[0]);
  }
}
