/** The legend's filters as text, in the syntax of Portolan's filter expressions: for links that a person can read. */

import type { ColumnFilter } from "./filter";
import { codesBetween, LAST_NUMBER_CODE, type LegendColumn } from "./legend";

/** What a filter is about: a column, and for clusters how many there are. */
export interface FilterColumn extends LegendColumn {
  /** Codes that rows can have, the missing one left out. */
  nCodes: number;
}

/** `subset NOT IN ('a') AND length BETWEEN 2 AND 9`; "" where nothing is filtered. */
export function writeFilters(filters: readonly ColumnFilter[], columns: readonly FilterColumn[]): string {
  const parts = filters.flatMap((filter) => {
    const column = columns.find((one) => one.slug === filter.slug);
    return column ? [...writeRange(filter, column), ...writeValues(filter, column)] : [];
  });
  return parts.join(" AND ");
}

function writeRange({ range }: ColumnFilter, column: FilterColumn): string[] {
  if (!range) return [];
  const { min = 0, max = 0 } = column;
  const [low, high] = range.map((code) => {
    const value = min + (code / LAST_NUMBER_CODE) * (max - min);
    return column.kind === "time" ? quoted(new Date(value * 1000).toISOString()) : String(Number(value.toPrecision(9)));
  });
  return [`${nameOf(column)} BETWEEN ${low} AND ${high}`];
}

function writeValues({ hidden }: ColumnFilter, column: FilterColumn): string[] {
  if (hidden.size === 0) return [];
  const codes = [...Array(column.nCodes).keys()];
  const listed = (some: readonly number[]) => `(${some.map((code) => valueOf(column, code)).join(", ")})`;
  const away = codes.filter((code) => hidden.has(code));
  const kept = codes.filter((code) => !hidden.has(code));
  const name = nameOf(column);
  const isMissingAway = hidden.has(column.missing);
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

function nameOf({ name }: FilterColumn): string {
  return /^[a-z_]\w*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const NAME = String.raw`([A-Za-z_]\w*|"(?:[^"]|"")*")`;
const VALUE = String.raw`'(?:[^']|'')*'|-?[\d.]+(?:e[-+]?\d+)?|TRUE|FALSE`;
const BETWEEN = new RegExp(`^${NAME} BETWEEN (${VALUE}) AND (${VALUE})`, "i");
const IN = new RegExp(`^\\(?${NAME} (NOT )?IN \\(((?:${VALUE})(?:, (?:${VALUE}))*)\\)( OR ${NAME} IS NULL\\))?`, "i");
const NOT_NULL = new RegExp(`^${NAME} IS NOT NULL`, "i");

/** The filters that such a text says; what it says of columns or values that are not there is passed over. */
export function readFilters(text: string, columns: readonly FilterColumn[]): ColumnFilter[] {
  const filters = new Map<string, { slug: string; hidden: Set<number>; range: [number, number] | null }>();
  const filterOf = (name: string) => {
    const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
    const column = columns.find((one) => one.name === plain);
    if (!column) return null;
    const filter = filters.get(column.slug) ?? { slug: column.slug, hidden: new Set<number>(), range: null };
    filters.set(column.slug, filter);
    return { column, filter };
  };
  let rest = text.trim();
  while (rest !== "") {
    const found = BETWEEN.exec(rest) ?? IN.exec(rest) ?? NOT_NULL.exec(rest);
    if (!found) break;
    const at = filterOf(found[1]!);
    if (at && BETWEEN.test(found[0])) at.filter.range = rangeOf(at.column, found[2]!, found[3]!);
    else if (at && found[3]) hide(at, { isNot: found[2] !== undefined, list: found[3], keepsMissing: found[4] !== undefined });
    else at?.filter.hidden.add(at.column.missing);
    rest = rest.slice(found[0].length).replace(/^\s*AND\s+/i, "");
  }
  return [...filters.values()].filter(({ hidden, range }) => hidden.size > 0 || range !== null);
}

function rangeOf(column: FilterColumn, low: string, high: string): [number, number] {
  const value = (text: string) => (text.startsWith("'") ? Date.parse(text.slice(1, -1)) / 1000 : Number(text));
  return codesBetween(column, value(low), value(high));
}

function hide(
  { column, filter }: { column: FilterColumn; filter: { hidden: Set<number> } },
  { isNot, list, keepsMissing }: { isNot: boolean; list: string; keepsMissing: boolean },
): void {
  const said = new Set(list.match(new RegExp(VALUE, "gi")));
  for (let code = 0; code < column.nCodes; code++) if (said.has(valueOf(column, code)) === isNot) filter.hidden.add(code);
  if (!keepsMissing) filter.hidden.add(column.missing);
}
