/** A recipe as one edits it: rules in order, and what changes when one of them is moved, added or taken out. */

export const DECISIONS = ["drop", "keep", "flip", "edit", "relabel", "review"] as const;
export type Decision = (typeof DECISIONS)[number];

/** What becomes of the rows of a rule, in a few words. */
export const DOES: Record<Decision, string> = {
  drop: "left out of the dataset; kept beside it",
  keep: "stay; no later rule takes them",
  flip: "chosen and rejected are exchanged",
  edit: "a column gets another value, or parts of a text are replaced",
  relabel: "a column gets another value",
  review: "stay, and are counted in the data card",
};

/** A decision as it stands with a number: "dropped 585". */
export const DECIDED: Record<Decision, string> = {
  drop: "dropped",
  keep: "kept",
  flip: "flipped",
  edit: "edited",
  relabel: "relabelled",
  review: "to review",
};

export interface Replacement {
  column: string;
  pattern: string;
  with: string;
}

/** What an edit changes. */
export interface Edit {
  set?: Record<string, unknown>;
  replace?: Replacement[];
}

/** A rule as a form holds it. */
export interface Rule {
  decision: Decision;
  where: string;
  reason: string;
  comment: string;
  edit: Edit;
}

export const NEW_RULE: Rule = { decision: "drop", where: "", reason: "", comment: "", edit: {} };

/** The list with one of it at another place; `to` beyond the ends is the end. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const place = Math.max(0, Math.min(list.length - 1, to));
  const rest = list.filter((_, at) => at !== from);
  const one = list[from];
  return one === undefined ? [...list] : [...rest.slice(0, place), one, ...rest.slice(place)];
}

/** What an edit does, in a line; "" where it changes nothing. */
export function editWords({ set = {}, replace = [] }: Edit): string {
  const values = Object.entries(set).map(([column, value]) => `${column} = ${JSON.stringify(value)}`);
  const texts = replace.map((one) => `${one.column}: ${one.pattern} → ${one.with === "" ? "nothing" : one.with}`);
  return [...values, ...texts].join(", ");
}

/** A value as a person types it: a number, true, false and null are what they look like, all else is text. */
export function typedValue(text: string): unknown {
  const plain = text.trim();
  if (/^(true|false)$/i.test(plain)) return plain.toLowerCase() === "true";
  if (plain === "null") return null;
  return plain !== "" && Number.isFinite(Number(plain)) && String(Number(plain)) === plain ? Number(plain) : text;
}

/** A value as it stands in a field: what `typedValue` reads back. */
export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

/** "585 dropped, 3 flipped": counts by decision in the order of DECISIONS. */
export function countWords(counts: Readonly<Record<string, number>>, count: (n: number) => string): string {
  return DECISIONS.flatMap((one) => (counts[one] ? [`${count(counts[one])} ${DECIDED[one]}`] : [])).join(", ");
}

/** What two recipes do alike: names, rules and rows, whatever the form adds beside. */
export function sameRecipe(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)]));
}

/** "2.3 MB" */
export function sizeWords(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const size = bytes / 1000 ** step;
  return `${step === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[step]}`;
}

/** Where an export goes, with the ending that another format asks for; "folder" has none. */
export function withEnding(path: string, format: string): string {
  const plain = path.replace(/\.(jsonl\.gz|jsonl|parquet|csv|arrow)$/i, "");
  return format === "folder" ? plain : plain + format;
}

/** The format that a path's ending asks for. */
export function formatOf(path: string): string {
  return /\.(jsonl\.gz|jsonl|parquet|csv|arrow)$/i.exec(path)?.[0].toLowerCase() ?? "folder";
}
