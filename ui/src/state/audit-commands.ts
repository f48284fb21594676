/** What can be done on the way through the audit. */

import { notBelow, titleOf } from "../core/audit";
import { nameOf } from "../core/filter-text";
import { hasAudit, rowNoun } from "../core/format";
import { JUDGED } from "../core/queue";
import type { RowsToJudge } from "../data/audit";
import { problemOf } from "../data/server";
import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

/** Rows of a sample; who has judged them all is given a sample twice as large, which holds the smaller one. */
const N_JUDGED = 60;
const MOST_JUDGED = 960;

export function addAuditCommands(session: Session, settings: Settings, raise: () => void): void {
  const { auditing, commands } = session;
  const group = "Filtering";
  const isThere = () => auditing.isThere && hasAudit(session.info?.kind ?? "text");
  const isOwner = () => isThere() && session.team.refusal("owner") === null;
  const open = () => {
    settings.set({ outline: true, leftTab: "audit" });
    raise();
  };
  commands.add(
    { name: "Audit", group, words: "findings harm duplicates flipped refusal provenance preference model defects", isThere, run: open },
    { name: "What dropping rows does", group, words: "effect experiment measure ablation influence", isThere: isOwner, run: () => void (open(), auditing.try({ action: "drop", where: session.filters.where })) },
  );
}

/** Opens a finding's page, and shows its rows on the map unless it is quiet. */
export function showFinding(session: Session, name: string, { isQuiet = false } = {}): void {
  const { auditing } = session;
  session.closeRow();
  session.curation.close();
  void auditing.show(name);
  const short = auditing.short(name);
  if (short && short.count > 0 && !isQuiet) showRows(session, short.where);
}

/** Rows as the map's one filter. */
export function showRows({ filters }: Session, where: string): void {
  filters.readFrom(where);
}

const MOST_WORST = 100;
const WORST_SHARE = 0.05;

/** How many of so many rows are told to do most harm. */
export function nWorst(nRows: number): number {
  return Math.max(1, Math.min(MOST_WORST, Math.round(WORST_SHARE * nRows)));
}

/** Shows the rows that do most harm to the model on the map, coloured by how much, and lists them, the most harmful first. */
export async function readWorst(session: Session, settings: Settings): Promise<void> {
  const { auditing, colors, source, table } = session;
  const name = auditing.audit?.influence;
  if (!name) return;
  const sort = { column: name, descending: false };
  try {
    const { rows } = await source.table({ clauses: [], join: "and", sort, offset: nWorst(colors.nRows) - 1, limit: 1, previews: true, score: name });
    const last = rows[0]?.scores?.[name];
    if (last === undefined || last === null) return;
    showRows(session, `${nameOf({ name })} <= ${notBelow(last)}`);
    colors.slug = colors.columns.find((column) => column.name === name)?.slug ?? colors.slug;
    table.sort = sort;
    settings.set({ table: true });
  } catch (error) {
    auditing.problem = problemOf(error);
  }
}

/** Shows rows of a finding and others, one after the other, to be judged without knowing which are which. */
export async function judgeSample(session: Session, name: string): Promise<void> {
  const { auditing, blurring, labels, labelling } = session;
  const left = await leftToJudge(session, name);
  if (!left) return;
  if (left.row_ids.length === 0) {
    auditing.problem = { problem: "You have judged every row of this sample.", fix: "Ask somebody else to judge it too: the same rows are shown to them." };
    return;
  }
  await Promise.all([labels.load(), blurring.learn(left.row_ids)]);
  const title = titleOf({ name, title: left.title }, rowNoun(session.info?.kind ?? "pair"));
  const isBegun = await labelling.start({ set: left.set, side: null, choice: { rows: left.row_ids }, name: `“${title}”: is it so?`, order: JUDGED, without: null, most: left.row_ids.length });
  if (!isBegun) auditing.problem = labelling.problem;
}

/** Rows of the sample on which one has said nothing yet oneself, whatever others said; null: asking failed. */
async function leftToJudge({ auditing, rowLabels }: Session, name: string): Promise<RowsToJudge | null> {
  for (let n = N_JUDGED; ; n *= 2) {
    const sample = await auditing.sample(name, n);
    if (!sample) return null;
    await rowLabels.read(sample.row_ids);
    const isLeft = (rowId: number) => !rowLabels.mineOf(rowId)?.labels.some(({ set }) => set === sample.set);
    const row_ids = sample.row_ids.filter(isLeft);
    if (row_ids.length > 0 || sample.row_ids.length < n || n >= MOST_JUDGED) return { ...sample, row_ids };
  }
}
