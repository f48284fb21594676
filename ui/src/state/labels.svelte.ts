/** Sets of labels, and labels and decisions given to many rows at once: each is one event, which can be undone in place. */

import { colorsOf, isOfJudgements, keysOf } from "../core/labels";
import type { JournalEvent } from "../data/edits";
import type { DecisionAct, LabelAct, LabelSet, LabelSetToDefine, LabelSource, Side } from "../data/labels";
import { problemOf } from "../data/server";
import type { Problem } from "../data/types";
import { Doing } from "./doing.svelte";

/** What the labels need of the page. */
export interface LabelledPage {
  /** Takes what has changed: columns, counts. */
  refresh(): Promise<void>;
  /** Says a line, with something to do about it. */
  tell(text: string, action?: { label: string; run: () => void }): void;
}

/** After the last of several events the page takes what they came to. */
const PAUSE_MS = 400;

export class LabelsState extends Doing<LabelSource> {
  /** Null until they were asked for. */
  sets = $state.raw<readonly LabelSet[] | null>(null);
  /** Rows on which people differ. */
  nConflicts = $state(0);
  /** The name that the journal has for who sits here; null until it is known. */
  me = $state<string | null>(null);
  /** The set that one labels with. */
  current = $state<string | null>(null);
  /** Who opened the tab wants to label or decide many rows at once. */
  isManyAsked = $state(false);
  /** Row after row is labelled: the map, which nobody sees, follows at the end. */
  isPaused = false;
  /** Rows that one other person has labelled and oneself has not. */
  nSecond = $state(0);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Called when labels have changed, here or elsewhere. */
  onChanged: () => void = () => undefined;
  /** Called when one is led to them from elsewhere. */
  onWanted: () => void = () => undefined;

  constructor(
    source: LabelSource | null,
    private readonly page: LabelledPage,
  ) {
    super(source);
  }

  /** The set that one labels with: the one chosen last, else the first that holds no judgements of a finding. */
  get set(): LabelSet | null {
    const { sets } = this;
    return sets?.find(({ name }) => name === this.current) ?? sets?.find(({ name }) => !isOfJudgements(name)) ?? null;
  }

  /** The values of a set as buttons show them. */
  valuesOf(set: LabelSet | null, ground: "light" | "dark"): { value: string; key: string; color: string }[] {
    const [keys, colors] = [keysOf(set?.values ?? []), colorsOf(set?.values ?? [], ground)];
    return (set?.values ?? []).map(({ value }, place) => ({ value, key: keys[place]!, color: colors[place]! }));
  }

  /** The value of the set one labels with that a key stands for. */
  valueOfKey(key: string): string | null {
    const values = this.set?.values ?? [];
    const place = keysOf(values).indexOf(key);
    return values[place]?.value ?? null;
  }

  async load(): Promise<void> {
    if (!this.source) return;
    try {
      this.take(await this.source.read([]));
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  take({ sets, n_conflicts }: { sets: readonly LabelSet[]; n_conflicts: number }): void {
    this.sets = sets;
    this.nConflicts = n_conflicts;
  }

  /** How many rows wait for a second label. Who cannot be asked now waits for none. */
  async countSecond(set: string, side: Side | null): Promise<void> {
    const found = await this.source?.second(set, { side, where: null, limit: 1 }).catch(() => null);
    this.nSecond = found?.total ?? 0;
  }

  define(set: LabelSetToDefine): Promise<boolean> {
    return this.doing(async (source) => {
      this.#know(await source.define(set));
      this.current = set.name.trim();
      await this.#takeNews();
    });
  }

  /** Labels rows, however many, and offers to undo it. */
  give(act: LabelAct): Promise<boolean> {
    return this.doing(async (source) => {
      await this.#tellDone(this.#know(await source.give(act)));
    });
  }

  /** Decides rows, however many, and offers to undo it. */
  decide(act: DecisionAct): Promise<boolean> {
    return this.doing(async (source) => {
      await this.#tellDone(this.#know(await source.decide(act)));
    });
  }

  undo(event: number): Promise<boolean> {
    return this.doing(async (source) => {
      await source.undo(event);
      await this.#takeNews();
      this.page.tell("Undone.");
    });
  }

  /** Somebody else changed the map. */
  async othersChanged(): Promise<void> {
    if (this.sets) await this.load();
    this.onChanged();
  }

  /** Single rows were labelled: what that comes to is taken when there is a pause. */
  rowsChanged(): void {
    clearTimeout(this.#timer);
    if (this.isPaused) return;
    this.#timer = setTimeout(() => void this.#takeNews().catch(() => undefined), PAUSE_MS);
  }

  #know({ event }: { event: JournalEvent }): JournalEvent {
    this.me = event.author;
    return event;
  }

  async #tellDone({ id, told }: JournalEvent): Promise<void> {
    await this.#takeNews();
    this.page.tell(`${told.charAt(0).toUpperCase()}${told.slice(1)}.`, { label: "Undo", run: () => void this.undo(id) });
  }

  async #takeNews(): Promise<void> {
    await this.page.refresh();
    await this.load();
    this.onChanged();
  }

  protected override failed(problem: Problem): void {
    super.failed(problem);
    this.page.tell(`${problem.problem} ${problem.fix}`);
  }
}
