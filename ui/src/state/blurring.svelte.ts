/** Which rows' texts are blurred now: the rule, what rows scored, and whom the person asked to see. */

import { type BlurRule, type Flag, flagOf, isScored } from "../core/blur";
import type { MapSource } from "../data/source";
import type { Row } from "../data/types";

const MOST_ASKED = 100;
const MOST_KNOWN = 5_000;

/** "unknown": its score is not here yet; it is blurred, but nothing can be said of it. "untold": it is blurred whatever its score is. */
export type Veil = Flag | "unknown" | "untold" | null;

export class Blurring {
  /** Null: nothing is blurred on this map. */
  rule = $state.raw<BlurRule | null>(null);
  /** The person asked to see everything, until the page is left. */
  isLifted = $state(false);
  #revealed = $state.raw<ReadonlySet<number>>(new Set());
  #flags = $state.raw<ReadonlyMap<number, Flag | null>>(new Map());
  #asked = new Set<number>();

  constructor(private readonly source: MapSource) {}

  get isOn(): boolean {
    return this.rule?.isOn === true && !this.isLifted;
  }

  setRule(rule: BlurRule | null): void {
    if (rule?.column === this.rule?.column && rule?.above === this.rule?.above && rule?.isOn === this.rule?.isOn) return;
    this.rule = rule;
    this.source.scoreBy?.(rule?.column ?? null);
    this.#flags = new Map();
    this.#asked.clear();
  }

  /** How a row that is here is veiled; null: its text is shown. */
  veilOf(row: Pick<Row, "row_id" | "columns" | "scores">): Veil {
    if (!this.rule || !this.isOn || this.#revealed.has(row.row_id)) return null;
    if (isScored(row, this.rule)) return flagOf(row, this.rule);
    // It was read before the column was there, or before it was the one to blur by.
    queueMicrotask(() => void this.learn([row.row_id]));
    return this.veilOfId(row.row_id);
  }

  /** How a row is veiled of which only a preview is here; call `learn` for such rows. */
  veilOfId(rowId: number): Veil {
    if (!this.isOn || this.#revealed.has(rowId)) return null;
    const flag = this.#flags.get(rowId);
    return flag === undefined ? "unknown" : flag;
  }

  /** How a row is veiled where nobody is to learn its score: all are as soon as one of `among` would be; call `learn` for these. */
  untoldVeilOf(rowId: number, among: readonly number[]): Veil {
    if (!this.isOn || this.#revealed.has(rowId)) return null;
    return among.some((id) => this.#flags.get(id) !== null) ? "untold" : null;
  }

  reveal(rowId: number): void {
    this.#revealed = new Set([...this.#revealed, rowId]);
  }

  /** Asks for the scores of rows that are shown by previews alone. */
  async learn(rowIds: readonly number[]): Promise<void> {
    const { rule } = this;
    if (!rule || !this.isOn) return;
    const missing = rowIds.filter((id) => !this.#flags.has(id) && !this.#asked.has(id)).slice(0, MOST_ASKED);
    if (missing.length === 0) return;
    for (const id of missing) this.#asked.add(id);
    try {
      const rows = await this.source.rows(missing, { previews: true });
      if (rule === this.rule) this.#know(rows.map((row) => [row.row_id, flagOf(row, rule)]));
    } catch {
      // Unknown rows stay blurred; the next list that has them asks again.
    } finally {
      for (const id of missing) this.#asked.delete(id);
    }
  }

  #know(flags: readonly (readonly [number, Flag | null])[]): void {
    const kept = this.#flags.size > MOST_KNOWN ? [] : this.#flags;
    this.#flags = new Map([...kept, ...flags]);
  }
}
