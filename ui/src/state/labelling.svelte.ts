/** Labelling rows one after the other: the queue, the rows to come, what was done. A key press waits for no answer. */

import { compareReplies } from "../core/replies";
import { type QueueOrder, inGivenOrder, perMinute, queueClauses, whereOf } from "../core/queue";
import type { Decision, LabelSet, RowChoice, Side } from "../data/labels";
import { problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Problem, Row } from "../data/types";
import type { LabelsState } from "./labels.svelte";
import type { RowLabels } from "./row-labels.svelte";

/** What a queue is made of. */
export interface Wanted {
  set: string;
  side: Side | null;
  choice: RowChoice;
  /** "585 filtered pairs" */
  name: string;
  order: QueueOrder;
  /** A column: rows that have a value there are left out; null: none are. */
  without: string | null;
  most: number;
}

interface Run extends Wanted {
  rowIds: readonly number[];
  /** Rows that there were to choose from. */
  total: number;
  /** The set that one labelled with before. */
  before: string | null;
}

const PAGE = 200;
/** Rows read ahead, and how few are left when more are asked for. */
const AHEAD = 12;
const LOW = 8;
/** Time for the row that is shown to be drawn. */
const PREPARE_MS = 50;
const MOST_KEPT = 60;

export class Labelling {
  run = $state.raw<Run | null>(null);
  /** The person is asked what to label. */
  isAsking = $state(false);
  /** Place in the queue; past its end all is done. */
  at = $state(0);
  /** The queue is being made. */
  isStarting = $state(false);
  problem = $state.raw<Problem | null>(null);
  #rows = $state.raw<ReadonlyMap<number, Row>>(new Map());
  /** Rows that something was said of. */
  #done = $state.raw<ReadonlySet<number>>(new Set());
  #times: number[] = [];
  #preparing: ReturnType<typeof setTimeout> | undefined;
  #reading = new Set<number>();
  rate = $state<number | null>(null);

  constructor(
    private readonly source: MapSource,
    private readonly labels: LabelsState,
    readonly rows: RowLabels,
  ) {}

  get rowId(): number | null {
    return this.run?.rowIds[this.at] ?? null;
  }

  get row(): Row | null {
    return this.rowId === null ? null : (this.#rows.get(this.rowId) ?? null);
  }

  /** What others said of the rows is not to be seen. */
  get isBlind(): boolean {
    return this.run !== null && (this.run.order.isSecond === true || this.isJudging);
  }

  /** A finding is judged: only whether it is true of the row is said, and nothing else is shown or done. */
  get isJudging(): boolean {
    return this.run?.order.isJudged ?? false;
  }

  get nDone(): number {
    return this.#done.size;
  }

  get set(): LabelSet | null {
    return this.labels.sets?.find(({ name }) => name === this.run?.set) ?? null;
  }

  /** Makes the queue and opens it. False: there is nothing in it, or it failed; `problem` says why. */
  async start(wanted: Wanted): Promise<boolean> {
    this.isStarting = true;
    this.problem = null;
    try {
      const { rowIds, total } = await this.#queue(wanted);
      if (rowIds.length === 0) {
        this.problem = nothingIn(wanted);
        return false;
      }
      const before = this.run ? this.run.before : this.labels.current;
      this.labels.current = wanted.set;
      this.labels.isPaused = true;
      [this.at, this.rate, this.#times, this.#done] = [0, null, [], new Set()];
      this.run = { ...wanted, rowIds, total, before };
      await this.#readAhead();
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.isStarting = false;
    }
  }

  /** A queue of the same kind of what is left. */
  more(): Promise<boolean> {
    return this.run ? this.start(this.run) : Promise.resolve(false);
  }

  async #queue({ set, side, choice, without, order, most }: Wanted): Promise<{ rowIds: number[]; total: number }> {
    if (order.isSecond && this.labels.source) {
      const { row_ids, total } = await this.labels.source.second(set, { side, where: whereOf(choice), limit: most });
      return { rowIds: row_ids, total };
    }
    const rowIds: number[] = [];
    const clauses = queueClauses(choice, without);
    let total = most;
    while (rowIds.length < Math.min(most, total)) {
      const limit = Math.min(PAGE, most - rowIds.length);
      const page = await this.source.table({ clauses, join: "and", sort: order.sort, offset: rowIds.length, limit, previews: true });
      total = page.total;
      rowIds.push(...page.rows.map(({ row_id }) => row_id));
      if (page.rows.length === 0) break;
    }
    return { rowIds: inGivenOrder(rowIds, choice, order), total };
  }

  /** Gives a label and goes on; where a row may have several it stays. */
  label(value: string): void {
    const { set, rowId, run } = this;
    if (!set || rowId === null || !run) return;
    const isPart = this.rows.say(rowId, set, value, { side: run.side, isToggle: set.is_multiple });
    if (isPart) return;
    this.#count(rowId);
    if (!set.is_multiple) this.go(1);
  }

  decide(decision: Decision): void {
    if (this.rowId === null || this.isJudging) return;
    this.rows.decide(this.rowId, decision);
    this.#count(this.rowId);
    this.go(1);
  }

  /** Steps without saying anything. */
  go(by: 1 | -1): void {
    const { run } = this;
    if (!run) return;
    this.at = Math.min(run.rowIds.length, Math.max(0, this.at + by));
    void this.#readAhead();
    this.#prepare();
  }

  /** What differs between the next row's replies is looked for while this one is read. */
  #prepare(): void {
    clearTimeout(this.#preparing);
    this.#preparing = setTimeout(() => {
      const reading = this.#rows.get(this.run?.rowIds[this.at + 1] ?? -1)?.reading;
      if (reading?.kind === "pair") compareReplies(reading.chosen, reading.rejected);
    }, PREPARE_MS);
  }

  /** Takes the last step back and returns to its row. */
  undo(): void {
    const rowId = this.rows.undo();
    const place = this.run?.rowIds.indexOf(rowId ?? -1) ?? -1;
    if (rowId === null || place < 0) return;
    this.#done = new Set([...this.#done].filter((id) => id !== rowId));
    this.#times.pop();
    this.rate = perMinute(this.#times, performance.now());
    this.at = place;
    void this.#readAhead();
  }

  setSide(side: Side | null): void {
    if (this.run) this.run = { ...this.run, side };
  }

  setSet(name: string): void {
    this.labels.current = name;
    if (this.run) this.run = { ...this.run, set: name };
  }

  leave(): void {
    // Judgements are no labels that one goes on to give.
    if (this.isJudging) this.labels.current = this.run!.before;
    this.run = null;
    this.#rows = new Map();
    this.labels.isPaused = false;
    this.labels.rowsChanged();
  }

  #count(rowId: number): void {
    this.#done = new Set([...this.#done, rowId]);
    const now = performance.now();
    this.#times.push(now);
    this.rate = perMinute(this.#times, now);
  }

  /** Reads rows before they are wanted; those passed long ago are let go of. */
  async #readAhead(): Promise<void> {
    const { run } = this;
    if (!run) return;
    const missing = (n: number) => run.rowIds.slice(this.at, this.at + n).filter((id) => !this.#rows.has(id) && !this.#reading.has(id));
    if (missing(LOW).length === 0) return;
    const wanted = missing(AHEAD);
    for (const id of wanted) this.#reading.add(id);
    try {
      const [rows] = await Promise.all([this.source.rows(wanted), this.rows.read(wanted)]);
      const kept = [...this.#rows, ...rows.map((row) => [row.row_id, row] as const)];
      this.#rows = new Map(kept.slice(-MOST_KEPT));
      this.problem = null;
    } catch (error) {
      this.problem = problemOf(error);
    } finally {
      for (const id of wanted) this.#reading.delete(id);
    }
  }

  /** Reads again what did not come. */
  again(): void {
    void this.#readAhead();
  }
}

/** Why a queue is empty. */
function nothingIn({ order, without }: Wanted): Problem {
  if (order.isSecond) return { problem: "None of these rows waits for a second label.", fix: "Choose other rows." };
  if (without) return { problem: "Each of these rows has a label.", fix: "Take those with a label too, or other rows." };
  return { problem: "There are no such rows.", fix: "Choose other rows." };
}
