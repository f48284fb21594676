/** What is said of one row, and what it comes to when one more thing is said. */

export type Side = "chosen" | "rejected" | null;

export interface Label {
  row_id: number;
  set: string;
  value: string;
  side: Side;
  author: string;
  time: string;
  event: number;
  note: string;
  /** Of a part of the text, in code points; null: of the whole. */
  start: number | null;
  end: number | null;
}

export interface Decided {
  decision: string;
  reason: string;
  author: string;
  /** "" where somebody decided by hand. */
  rule: string;
  edit: Record<string, unknown> | null;
}

export interface Said {
  labels: readonly Label[];
  decision: Decided | null;
  /** What each last decided by hand, where they contradict each other; else nothing. */
  contradicting: readonly Decided[];
}

/** Where a label stands: the whole row, a reply, or a part of either. */
export interface Place {
  set: string;
  side: Side;
  span: readonly [number, number] | null;
}

export const NOTHING_SAID: Said = { labels: [], decision: null, contradicting: [] };
/** Of what is not in the journal yet: later than all that is. */
const NOT_YET = 2 ** 50;

export function labelsAt(labels: readonly Label[], { set, side, span }: Place): Label[] {
  return labels.filter((one) => one.set === set && one.side === side && one.start === (span?.[0] ?? null) && one.end === (span?.[1] ?? null));
}

/** What a row is taken to be: in a set of single choice the last that anyone said, else all that anyone says. */
export function takenAs(labels: readonly Label[], place: Place, isMultiple: boolean): string[] {
  const own = labelsAt(labels, place);
  if (isMultiple) return [...new Set(own.map(({ value }) => value))];
  const last = own.reduce<Label | null>((best, one) => (best && best.event > one.event ? best : one), null);
  return last ? [last.value] : [];
}

/** Whether authors contradict each other there. */
export function isDisputed(labels: readonly Label[], place: Place, isMultiple: boolean): boolean {
  const byAuthor = new Map<string, string[]>();
  for (const { author, value } of labelsAt(labels, place)) byAuthor.set(author, [...(byAuthor.get(author) ?? []), value]);
  const said = new Set([...byAuthor.values()].map((values) => JSON.stringify(isMultiple ? values.sort() : values.slice(-1))));
  return said.size > 1;
}

/** The labels after `author` has said one more thing. */
export function withLabel(
  labels: readonly Label[],
  { value, place, rowId, author, note, isMultiple }: { value: string; place: Place; rowId: number; author: string; note: string; isMultiple: boolean },
): Label[] {
  const [start, end] = place.span ?? [null, null];
  const before = new Set(labelsAt(labels, place).filter((one) => one.author === author && (!isMultiple || one.value === value)));
  const event = Math.max(NOT_YET, ...labels.map((one) => one.event)) + 1;
  const label: Label = { row_id: rowId, set: place.set, value, side: place.side, author, time: "", event, note, start, end };
  return [...labels.filter((one) => !before.has(one)), label];
}

/** The labels after `author` has taken one back. */
export function withoutLabel(labels: readonly Label[], { value, place, author }: { value: string; place: Place; author: string }): Label[] {
  const gone = new Set(labelsAt(labels, place).filter((one) => one.author === author && one.value === value));
  return labels.filter((one) => !gone.has(one));
}

/** What is said after somebody has decided by hand. */
export function withDecision(said: Said, decision: Decided): Said {
  const known = said.contradicting.length > 0 || !said.decision || said.decision.rule ? said.contradicting : [said.decision];
  const made = [...known.filter(({ author }) => author !== decision.author), decision];
  const isOne = new Set(made.map((one) => JSON.stringify([one.decision, one.edit]))).size < 2;
  return { ...said, decision, contradicting: isOne ? [] : made };
}

/** What one said before one's name was known, under that name. */
export function withName({ labels, decision, contradicting }: Said, before: string, name: string): Said {
  const named = <T extends { author: string }>(one: T): T => (one.author === before ? { ...one, author: name } : one);
  return { labels: labels.map(named), decision: decision && named(decision), contradicting: contradicting.map(named) };
}
