/** Rows that were read lately: hovering back and forth asks the server once. */

import type { MapSource } from "../data/source";
import type { Row } from "../data/types";

const MOST = 400;

export class RowCache {
  #previews = new Map<number, Row>();
  #ahead: { rowId: number; row: Promise<Row | null> } | null = null;

  constructor(private readonly source: MapSource) {}

  peek(rowId: number): Row | null {
    return this.#previews.get(rowId) ?? null;
  }

  async preview(rowId: number, signal: AbortSignal): Promise<Row> {
    const known = this.#previews.get(rowId);
    if (known) return known;
    const [row] = await this.source.rows([rowId], { previews: true, signal });
    if (!row) throw new Error(`The map has no row ${rowId}.`);
    this.#previews.set(rowId, row);
    if (this.#previews.size > MOST) this.#previews.delete(this.#previews.keys().next().value!);
    return row;
  }

  /** Reads a row that will be wanted next. */
  async prefetch(rowId: number): Promise<void> {
    if (this.#ahead?.rowId === rowId) return;
    this.#ahead = { rowId, row: this.source.rows([rowId]).then(([row]) => row ?? null) };
    this.#ahead.row.catch(() => (this.#ahead = null));
  }

  async whole(rowId: number, signal: AbortSignal): Promise<Row> {
    const ahead = this.#ahead?.rowId === rowId ? this.#ahead.row : null;
    // Once: who comes back to the row wants it as it is then.
    if (ahead) this.#ahead = null;
    const read = await ahead?.catch(() => null);
    if (read) return read;
    const [row] = await this.source.rows([rowId], { signal });
    if (!row) throw new Error(`The map has no row ${rowId}.`);
    return row;
  }
}
