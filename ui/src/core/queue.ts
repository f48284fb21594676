/** What one labels one after the other: which rows, in which order, and how fast one is. */

import type { FilterClause } from "./clauses";
import { nameOf } from "./filter-text";

/** How a queue is ordered. */
export interface QueueOrder {
  id: string;
  /** "Least certain first: concept rude" */
  name: string;
  /** Null: in the order of the rows. */
  sort: { column: string; descending: boolean } | null;
  /** Rows that one other person has labelled and oneself has not: without what they said. */
  isSecond?: boolean;
  /** Rows in a finding and others: nothing on the page may tell which are which. */
  isJudged?: boolean;
}

export const SECOND: QueueOrder = { id: "second", name: "second labels", sort: null, isSecond: true };

export const JUDGED: QueueOrder = { id: "judged", name: "in chance order", sort: null, isJudged: true };

interface NumberColumn {
  name: string;
  kind: string;
  min?: number;
  max?: number;
}

const HALF = 0.5;

/** The orders there are. `seed`: another one is another chance order. */
export function queueOrders(columns: readonly NumberColumn[], seed: number): QueueOrder[] {
  const numbers = columns.filter(({ kind }) => kind === "number");
  const spoken = (name: string) => name.replace(/[_\s]+/g, " ").trim();
  const certain = numbers.filter(({ name }) => /(^|_)certainty(_chosen|_rejected)?$/i.test(name));
  // A concept that does not say how certain it is, is least so about a half.
  const chances = certain.length > 0 ? [] : numbers.filter(({ name, min = 0, max = 1 }) => /^concept_/i.test(name) && min >= 0 && max <= 1);
  return [
    { id: "random", name: "in chance order", sort: { column: `hash(row_id + ${seed})`, descending: false } },
    ...certain.map((column) => ({ id: `least ${column.name}`, name: `least certain first: ${spoken(column.name)}`, sort: { column: column.name, descending: false } })),
    ...chances.map((column) => ({ id: `least ${column.name}`, name: `least certain first: ${spoken(column.name)}`, sort: { column: `abs(${nameOf(column)} - ${HALF})`, descending: false } })),
    { id: "listed", name: "as they come", sort: null },
    ...numbers.flatMap(({ name }) => [
      { id: `high ${name}`, name: `high ${spoken(name)} first`, sort: { column: name, descending: true } },
      { id: `low ${name}`, name: `low ${spoken(name)} first`, sort: { column: name, descending: false } },
    ]),
  ];
}

/** The rows as an expression. */
export function whereOf(choice: { where: string } | { rows: number[] }): string {
  return "where" in choice ? choice.where : `row_id IN (${choice.rows.join(", ")})`;
}

/** The clauses of a queue. `labelColumn`: rows that have a value there are left out. */
export function queueClauses(choice: { where: string } | { rows: number[] }, labelColumn: string | null): FilterClause[] {
  return [
    { key: "rows", where: whereOf(choice) },
    ...(labelColumn === null ? [] : [{ key: "unlabelled", where: `${nameOf({ name: labelColumn })} IS NULL` }]),
  ];
}

/** Rows that were found in an order keep it where none was asked for. */
export function inGivenOrder(found: readonly number[], choice: { where: string } | { rows: number[] }, order: QueueOrder): number[] {
  if ("where" in choice || order.sort) return [...found];
  const kept = new Set(found);
  return choice.rows.filter((id) => kept.has(id));
}

const WINDOW_MS = 120_000;
const LEAST = 3;

/** Decisions a minute over the last two minutes; null before there are a few. `times` ascending, in ms. */
export function perMinute(times: readonly number[], now: number): number | null {
  const recent = times.filter((time) => time > now - WINDOW_MS);
  if (recent.length < LEAST) return null;
  const span = now - recent[0]!;
  return span <= 0 ? null : Math.round(((recent.length - 1) / span) * 60_000);
}
