/** Labels and decisions on single rows: what one does shows at once and is sent behind it; undo goes step by step. */

import { type Decided, type Label, labelsAt, NOTHING_SAID, type Place, type Said, withDecision, withLabel, withName, withoutLabel } from "../core/row-labels";
import type { Decision, LabelSet, LabelSource, Side } from "../data/labels";
import type { JournalEvent } from "../data/edits";
import { isAbort, SourceError } from "../data/server";
import type { Problem } from "../data/types";
import type { LabelsState } from "./labels.svelte";
import { Outbox, type Sent } from "./outbox";

/** Something that was done to a row, and how it stood before. */
interface Step {
  rowId: number;
  sent: Sent;
  before: Said;
}

/** How what was done is on its way. */
export interface Sending {
  nWaiting: number;
  /** Nobody answers: it is tried again. */
  trouble: Problem | null;
  /** What was not taken, and why. */
  refused: readonly { what: string; problem: Problem | null }[];
}

const MOST_KNOWN = 2_000;
const MOST_STEPS = 500;
/** Until the journal has told one's name. */
const NAMELESS = "you";

export class RowLabels {
  /** By row: what is said of it; rows that were not asked for are missing. */
  known = $state.raw<ReadonlyMap<number, Said>>(new Map());
  sending = $state.raw<Sending>({ nWaiting: 0, trouble: null, refused: [] });
  /** The part of a row's text that is selected: the next label is its. */
  selected = $state.raw<{ rowId: number; side: Side | null; span: readonly [number, number] } | null>(null);
  /** Counts labels of parts: what was selected is labelled. */
  nSpans = $state(0);
  /** Puts the keyboard on the note; set by what shows it. */
  onNote: () => void = () => undefined;
  /** What the next label or decision is given with. */
  note = $state("");
  #steps = $state.raw<readonly Step[]>([]);
  #outbox = new Outbox();
  #asked = new Set<number>();
  #nActs = 0;

  constructor(
    private readonly source: LabelSource | null,
    private readonly labels: LabelsState,
  ) {
    this.#outbox.onChange = () => {
      const { nWaiting, trouble, refused } = this.#outbox;
      this.sending = { nWaiting, trouble, refused: refused.map(({ what, problem }) => ({ what, problem })) };
    };
    this.#outbox.onDone = ({ event }) => {
      this.learnName(event.author);
      this.labels.rowsChanged();
    };
  }

  get canUndo(): boolean {
    return this.#steps.length > 0;
  }

  /** Something that was done is not in the journal. */
  get isUnsaved(): boolean {
    return this.#outbox.nWaiting > 0 || this.#outbox.refused.length > 0;
  }

  get #me(): string {
    return this.labels.me ?? NAMELESS;
  }

  /** Null until it is known. */
  of(rowId: number): Said | null {
    return this.known.get(rowId) ?? null;
  }

  /** Asks what is said of rows that are not known yet; with `isAnew` of all of them. */
  async read(rowIds: readonly number[], { isAnew = false }: { isAnew?: boolean } = {}): Promise<void> {
    const wanted = rowIds.filter((id) => isAnew || (!this.known.has(id) && !this.#asked.has(id)));
    if (!this.source || wanted.length === 0) return;
    for (const id of wanted) this.#asked.add(id);
    const nActs = this.#nActs;
    try {
      const answer = await this.source.read(wanted);
      // What was done meanwhile is later than this answer: it would look as if it were undone.
      if (isAnew && (this.#outbox.nWaiting > 0 || nActs !== this.#nActs)) return;
      this.#keep(wanted.filter((id) => isAnew || !this.known.has(id)).map((id) => [id, saidOf(id, answer)]));
      if (!this.labels.sets) this.labels.take(answer);
    } catch (error) {
      if (!isAbort(error) && !(error instanceof SourceError)) throw error;
    } finally {
      for (const id of wanted) this.#asked.delete(id);
    }
  }

  /** Somebody else has labelled: rows are asked for anew when they are next seen. */
  async forget(seen: readonly number[]): Promise<void> {
    if (this.#outbox.nWaiting > 0) return;
    this.known = new Map([...this.known].filter(([id]) => seen.includes(id)));
    await this.read(seen, { isAnew: true });
  }

  /** What one said oneself of a row; null until it is known. */
  mineOf(rowId: number): Said | null {
    const said = this.of(rowId);
    return said && { ...said, labels: said.labels.filter((one) => this.isMine(one)) };
  }

  /** Whether one said so oneself. */
  isMine(label: Label): boolean {
    return label.author === this.#me;
  }

  /** Gives a label; `isToggle`: one's own that stands there is taken back instead. */
  label(rowId: number, set: LabelSet, value: string, { side, span, isToggle }: Omit<Place, "set"> & { isToggle: boolean }): void {
    const place: Place = { set: set.name, side, span };
    const before = this.of(rowId) ?? NOTHING_SAID;
    const isOwn = labelsAt(before.labels, place).some((one) => one.value === value && this.isMine(one));
    if (isToggle && isOwn) return this.unlabel(rowId, place, value);
    const note = this.#takeNote();
    const labels = withLabel(before.labels, { value, place, rowId, author: this.#me, note, isMultiple: set.is_multiple });
    const act = { rows: [rowId], set: set.name, value, side, span: span && ([...span] as [number, number]), note };
    this.#do(rowId, { ...before, labels }, `row ${rowId}: ${value}`, (source, id) => source.give(act, id));
  }

  /** Labels what is selected in the row's text, else the row or its side; whether it was a part. */
  say(rowId: number, set: LabelSet, value: string, { side, isToggle }: { side: Side | null; isToggle: boolean }): boolean {
    const part = this.selected?.rowId === rowId ? this.selected : null;
    this.label(rowId, set, value, part ? { side: part.side, span: part.span, isToggle: true } : { side, span: null, isToggle });
    if (!part) return false;
    this.selected = null;
    this.nSpans += 1;
    return true;
  }

  /** Takes one's own label back. */
  unlabel(rowId: number, place: Place, value: string): void {
    const before = this.of(rowId) ?? NOTHING_SAID;
    const labels = withoutLabel(before.labels, { value, place, author: this.#me });
    const { set, side, span } = place;
    const act = { action: "remove" as const, rows: [rowId], set, value, side, span: span && ([...span] as [number, number]) };
    this.#do(rowId, { ...before, labels }, `row ${rowId}: no longer ${value}`, (source, id) => source.give(act, id));
  }

  decide(rowId: number, decision: Decision): void {
    const before = this.of(rowId) ?? NOTHING_SAID;
    const reason = this.#takeNote();
    const decided = { decision, reason, author: this.#me, rule: "", edit: null };
    this.#do(rowId, withDecision(before, decided), `row ${rowId}: ${decision}`, (source, id) => source.decide({ rows: [rowId], decision, reason }, id));
  }

  /** Takes the last step back; the row it was about, or null where there is none. */
  undo(): number | null {
    const step = this.#steps.at(-1);
    if (!step) return null;
    this.#steps = this.#steps.slice(0, -1);
    this.#nActs += 1;
    this.#keep([[step.rowId, step.before]]);
    if (this.#outbox.cancel(step.sent)) this.labels.rowsChanged();
    else this.#outbox.add(`row ${step.rowId}: undo`, (id) => this.#sendUndo(step.sent, id));
    return step.rowId;
  }

  /** Sends again what was not taken. */
  again(): void {
    this.#outbox.again();
  }

  /** Lets go of what was not taken; the rows show how they stand. */
  giveUp(): void {
    this.#outbox.giveUp();
    void this.forget([...this.known.keys()].slice(-1));
  }

  /** Why is this row as it is: what was said and decided of it, the last first. */
  history(rowId: number, signal?: AbortSignal): Promise<JournalEvent[]> {
    return this.source?.history(rowId, signal) ?? Promise.resolve([]);
  }

  /** The name that the journal has for who sits here. */
  learnName(name: string): void {
    const isFirst = this.labels.me === null;
    this.labels.me = name;
    if (isFirst) this.known = new Map([...this.known].map(([id, said]) => [id, withName(said, NAMELESS, name)]));
  }

  async #sendUndo({ event }: Sent, id: string) {
    // What was refused came to nothing: there is nothing to undo.
    return event === null ? null : this.source!.undo(event, id);
  }

  #do(rowId: number, after: Said, what: string, send: (source: LabelSource, id: string) => ReturnType<LabelSource["give"]>): void {
    const { source } = this;
    if (!source) return;
    const before = this.of(rowId) ?? NOTHING_SAID;
    this.#nActs += 1;
    this.#keep([[rowId, after]]);
    const sent = this.#outbox.add(what, (id) => send(source, id));
    this.#steps = [...this.#steps.slice(1 - MOST_STEPS), { rowId, sent, before }];
  }

  #takeNote(): string {
    const note = this.note.trim();
    this.note = "";
    return note;
  }

  #keep(said: readonly (readonly [number, Said])[]): void {
    const known = new Map(this.known);
    for (const [id, one] of said) {
      known.delete(id);
      known.set(id, one);
    }
    for (const id of [...known.keys()].slice(0, Math.max(0, known.size - MOST_KNOWN))) known.delete(id);
    this.known = known;
  }
}

type OfRow = Decided & { row_id: number };

function saidOf(rowId: number, { labels, decisions, contradicting }: { labels: readonly Label[]; decisions: readonly OfRow[]; contradicting: readonly OfRow[] }): Said {
  return {
    labels: labels.filter((one) => one.row_id === rowId),
    decision: decisions.find((one) => one.row_id === rowId) ?? null,
    contradicting: contradicting.filter((one) => one.row_id === rowId),
  };
}
