/** What can be done on the way through the audit. */

import { hasAudit } from "../core/format";
import type { Session } from "./session.svelte";
import type { Settings } from "./settings.svelte";

/** Rows of a sample that one judges in a row. */
const N_JUDGED = 60;

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

/** Shows rows of a finding and others, one after the other, to be judged without knowing which are which. */
export async function judgeSample(session: Session, name: string): Promise<void> {
  const { auditing, labels, labelling } = session;
  const sample = await auditing.sample(name, N_JUDGED);
  if (!sample || sample.row_ids.length === 0) return;
  await labels.load();
  const order = { id: "blind", name: "in chance order", sort: null };
  await labelling.start({ set: sample.set, side: null, choice: { rows: sample.row_ids }, name: `“${sample.title}”: is it so?`, order, without: `label_${sample.set}`, most: sample.row_ids.length });
}
