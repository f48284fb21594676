/** Which rows one may label at once: what is looked at, found, marked or a topic. */

export interface RowTarget {
  id: "filter" | "found" | "marked" | "topic" | "all";
  /** "585 filtered pairs" */
  name: string;
  n: number;
  /** Which rows they are: an expression, so that any number is one event; or a few by their ids. */
  choice: { where: string } | { rows: number[] };
}

export const EVERY_ROW = "row_id >= 0";

/** What there is, the nearest at hand first. */
export function rowTargets({
  noun, nRows, filter, found, marked, topic,
}: {
  noun: string;
  nRows: number;
  filter: { where: string; n: number } | null;
  found: readonly number[];
  marked: readonly number[];
  topic: { name: string; where: string; n: number } | null;
}): RowTarget[] {
  const many = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;
  const targets: RowTarget[] = [];
  if (filter) targets.push({ id: "filter", name: many(filter.n, `filtered ${noun}`), n: filter.n, choice: { where: filter.where } });
  if (found.length > 0) targets.push({ id: "found", name: many(found.length, `found ${noun}`), n: found.length, choice: { rows: [...found] } });
  if (marked.length > 0) targets.push({ id: "marked", name: many(marked.length, `marked ${noun}`), n: marked.length, choice: { rows: [...marked] } });
  if (topic) targets.push({ id: "topic", name: `${many(topic.n, noun)} of ${topic.name}`, n: topic.n, choice: { where: topic.where } });
  targets.push({ id: "all", name: `all ${many(nRows, noun)}`, n: nRows, choice: { where: EVERY_ROW } });
  return targets;
}
