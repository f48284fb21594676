/** A column's filter as text, in the syntax of Portolan's filter expressions, and back. */

import type { ColumnFilter } from "./filter";
import type { CodedColumn } from "./facets";

/** What a filter is about: a column, and which codes it has. */
export interface FilterColumn extends CodedColumn {
  /** Codes that rows can have, the missing one left out. A merge leaves gaps in the ids of clusters. */
  codes: readonly number[];
}

/** `subset NOT IN ('a') AND length BETWEEN 2 AND 9`; "" where nothing is filtered. */
export function writeColumnFilter(filter: ColumnFilter, columns: readonly FilterColumn[]): string {
  const column = columns.find((one) => one.slug === filter.slug);
  return column ? [...writeRange(filter, column), ...writeValues(filter, column)].join(" AND ") : "";
}

function writeRange({ range }: ColumnFilter, column: FilterColumn): string[] {
  if (!range) return [];
  const isTime = column.kind === "time";
  const [low, high] = range.map((value) => (isTime ? quoted(new Date(value * 1000).toISOString()) : String(value)));
  return [`${isTime ? `time(${nameOf(column)})` : nameOf(column)} BETWEEN ${low} AND ${high}`];
}

function writeValues({ hidden }: ColumnFilter, column: FilterColumn): string[] {
  if (hidden.size === 0) return [];
  const { codes } = column;
  const listed = (some: readonly number[]) => `(${some.map((code) => valueOf(column, code)).join(", ")})`;
  const away = codes.filter((code) => hidden.has(code));
  const kept = codes.filter((code) => !hidden.has(code));
  const name = nameOf(column);
  const isMissingAway = hidden.has(column.missing);
  if (kept.length === 0 && !isMissingAway) return [`${name} IS NULL`];
  if (away.length === 0) return isMissingAway ? [`${name} IS NOT NULL`] : [];
  // As in SQL, neither IN nor NOT IN lets a missing value through.
  const values = kept.length > 0 && kept.length < away.length ? `${name} IN ${listed(kept)}` : `${name} NOT IN ${listed(away)}`;
  return [isMissingAway ? values : `(${values} OR ${name} IS NULL)`];
}

function valueOf({ kind, values }: FilterColumn, code: number): string {
  const value = kind === "cluster" ? code : values?.[code]?.[0];
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  return typeof value === "number" ? String(value) : quoted(value ?? "");
}

/** A column's name as an expression says it. */
export function nameOf({ name }: Pick<FilterColumn, "name">): string {
  return /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const NAME = String.raw`([A-Za-z_]\w*|"(?:[^"]|"")*")`;
const VALUE = String.raw`'(?:[^']|'')*'|-?[\d.]+(?:e[-+]?\d+)?|TRUE|FALSE`;
const BETWEEN = new RegExp(`^(?:time\\()?${NAME}\\)? BETWEEN (${VALUE}) AND (${VALUE})$`, "i");
const IN = new RegExp(`^${NAME} (NOT )?IN \\(((?:${VALUE})(?:, (?:${VALUE}))*)\\)( OR ${NAME} IS NULL)?$`, "i");
const NULL = new RegExp(`^${NAME} IS (NOT )?NULL$`, "i");

/** What such texts, each one comparison, say of one column together; null where they say something else. */
export function readColumnFilter(parts: readonly string[], columns: readonly FilterColumn[]): ColumnFilter | null {
  let column: FilterColumn | undefined;
  let range: ColumnFilter["range"] = null;
  const hidden = new Set<number>();
  for (const part of parts) {
    const found = BETWEEN.exec(part) ?? IN.exec(part) ?? NULL.exec(part);
    const named = found && columns.find(({ name }) => name === plain(found[1]!));
    if (!named || (column && named !== column)) return null;
    column = named;
    if (BETWEEN.test(part)) range = [numberOf(found[2]!), numberOf(found[3]!)];
    else if (IN.test(part)) hide({ column, hidden }, { isNot: found[2] !== undefined, list: found[3]!, keepsMissing: found[4] !== undefined });
    else if (found[2]) hidden.add(column.missing);
    else for (const code of column.codes) hidden.add(code);
  }
  const isRange = column?.kind === "number" || column?.kind === "time";
  if (!column || isRange !== (range !== null) || range?.some(Number.isNaN)) return null;
  return { slug: column.slug, hidden, range };
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function numberOf(text: string): number {
  return text.startsWith("'") ? Date.parse(text.slice(1, -1)) / 1000 : Number(text);
}

function hide(
  { column, hidden }: { column: FilterColumn; hidden: Set<number> },
  { isNot, list, keepsMissing }: { isNot: boolean; list: string; keepsMissing: boolean },
): void {
  const said = new Set(list.match(new RegExp(VALUE, "gi")));
  for (const code of column.codes) if (said.has(valueOf(column, code)) === isNot) hidden.add(code);
  if (!keepsMissing) hidden.add(column.missing);
}
