/** Labels and decisions by name and key, and what they are about. */

import { nameOf } from "../core/filter-text";
import { EVERY_ROW, type RowTarget, rowTargets } from "../core/label-targets";
import { keysOf } from "../core/labels";
import { SECOND } from "../core/queue";
import type { Decision, Side } from "../data/labels";
import type { Command } from "./commands";
import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

const group = "Labelling";
const DIGITS = "1–9";
/** Second labels at a sitting. */
const MOST_SECOND = 200;

export function addLabelCommands(session: Session, settings: Settings): void {
  const { labels, rowLabels, reading, commands } = session;
  if (!labels.isThere) return;
  const mayLabel = () => session.team.refusal("labeller") === null;
  const isReading = () => reading.pin !== null && mayLabel();
  const decide = (decision: Decision) => () => reading.pin && rowLabels.decide(reading.pin.rowId, decision);
  const isPair = () => session.info?.kind === "pair";
  const giving: Command = {
    name: "Give the label of that key",
    group,
    keys: [DIGITS],
    get alsoKeys() {
      return keysOf(labels.set?.values ?? []).filter(Boolean);
    },
    isInPalette: false,
    isThere: isReading,
    run: (key) => {
      const value = labels.valueOfKey(key);
      return value !== null && labelRow(session, settings, value);
    },
  };
  commands.add(
    { name: "Labels", group, words: "sets annotate", run: () => openLabels(session, settings) },
    { name: "Label or decide many rows", group, words: "bulk drop keep flip review selection filter", isThere: mayLabel, run: () => openManyRows(session, settings) },
    {
      name: "Start labelling",
      group,
      keys: ["L"],
      words: "queue annotate run keyboard",
      isThere: () => session.phase === "ready" && mayLabel(),
      run: () => void startLabelling(session, settings),
    },
    { name: "Drop this row", group, keys: ["d"], words: "decide remove delete clean", isThere: isReading, run: decide("drop") },
    { name: "Keep this row", group, words: "decide", isThere: isReading, run: decide("keep") },
    { name: "Flip this pair", group, words: "decide swap chosen rejected", isThere: () => isReading() && isPair(), run: decide("flip") },
    { name: "Review this row", group, words: "decide look again later", isThere: isReading, run: decide("review") },
    { name: "Note or reason for the next label", group, keys: ["n"], words: "comment why", isThere: isReading, run: () => rowLabels.onNote() },
    {
      name: "Undo the last label or decision",
      group,
      keys: ["u"],
      words: "take back",
      isThere: () => rowLabels.canUndo,
      run: () => {
        const rowId = rowLabels.undo();
        if (rowId !== null && reading.pin?.rowId !== rowId) session.tell(`Taken back: row ${rowId}.`);
      },
    },
    // Before keys of other commands: a label's own letter is its own.
    giving,
  );
  commands.offer(() =>
    isReading() ? (labels.set?.values ?? []).map(({ value }) => ({ name: `Label this row ${value}`, group, words: labels.set!.name, run: () => labelRow(session, settings, value) })) : [],
  );
  commands.hint(group, "While labelling: skip", "s");
  commands.hint(group, "While labelling: the other reply", "x");
  commands.hint(group, "While labelling: show a blurred text", "v");
}

/** Labels what is selected in the open row's text, else the row, or the side of it that one labels. */
export function labelRow(session: Session, settings: Settings, value: string): void {
  const { labels, rowLabels, reading } = session;
  if (!labels.set || !reading.pin) return;
  const side = session.info?.kind === "pair" ? settings.panels.labelSide : null;
  rowLabels.say(reading.pin.rowId, labels.set, value, { side, isToggle: true });
}

export function openLabels(session: Session, settings: Settings): void {
  session.search.clear();
  settings.set({ outline: true, leftTab: "labels" });
  session.labels.onWanted();
}

/** Goes to where many rows are labelled or decided at once. */
export function openManyRows(session: Session, settings: Settings): void {
  openLabels(session, settings);
  session.labels.isManyAsked = true;
}

/** Asks what to label; where there is no set of labels yet, one is made first. */
export async function startLabelling(session: Session, settings: Settings): Promise<void> {
  const { labels, labelling } = session;
  if (!labels.sets) await labels.load();
  if (labels.set && labels.set.values.length > 0) {
    labelling.problem = null;
    labelling.isAsking = true;
    return;
  }
  openLabels(session, settings);
  session.tell("Make a set of labels first.");
}

/** Row after row of those that one other person has labelled. */
export async function startSecondLabels(session: Session, side: Side | null, noun: string): Promise<void> {
  const { labels, labelling } = session;
  if (!labels.set) return;
  const wanted = { set: labels.set.name, side, choice: { where: EVERY_ROW }, name: `${noun}s that one other person labelled`, order: SECOND, without: null, most: MOST_SECOND };
  if (!(await labelling.start(wanted)) && labelling.problem) session.tell(`${labelling.problem.problem} ${labelling.problem.fix}`);
}

/** The rows that one may label, or make a queue of, at once. */
export function rowChoices(session: Session, noun: string): RowTarget[] {
  const { filters, colors, search, curation } = session;
  const ref = curation.open?.ref ?? session.focus;
  const cluster = ref && session.cluster(ref);
  const column = ref && colors.columns.find(({ kind, layer }) => kind === "cluster" && layer === ref.layer);
  return rowTargets({
    noun,
    nRows: colors.nRows,
    filter: filters.isFiltering ? { where: filters.where, n: filters.nShown } : null,
    found: search.isOpen ? search.state.results.map(({ row_id }) => row_id) : [],
    marked: session.selected.map(({ row_id }) => row_id),
    topic: cluster && column ? { name: cluster.name, n: cluster.size, where: `${nameOf(column)} = ${cluster.cluster_id}` } : null,
  });
}

/** The column that says which rows have a label of a set; null: none has. */
export function labelColumn(session: Session, set: string, side: Side | null): string | null {
  const whole = session.labels.sets?.find(({ name }) => name === set)?.column ?? null;
  const name = side ? `label_${set}_${side}` : whole;
  return session.colors.columns.some((column) => column.name === name) ? name : null;
}
