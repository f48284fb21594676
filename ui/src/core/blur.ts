/** Which texts are blurred until asked for: those of rows that a column scores high. */

export interface BlurRule {
  column: string;
  /** Rows above this value are blurred. */
  above: number;
  isOn: boolean;
}

/** Why a row is blurred. */
export interface Flag {
  column: string;
  value: number;
  above: number;
}

interface ScoreColumn {
  name: string;
  kind: string;
  min?: number;
  max?: number;
}

const HARM = /^(harm|toxic|unsafe|nsfw|hate|obscene|threat)/i;
const HALF = 0.5;

/** Columns that may score rows: all numbers. */
export function scoreColumns(columns: readonly ScoreColumn[]): ScoreColumn[] {
  return columns.filter(({ kind }) => kind === "number");
}

/** What to blur where nobody chose: rows whose harm, in [0, 1], is above a half; null where no column says so. */
export function usualRule(columns: readonly ScoreColumn[]): BlurRule | null {
  const found = scoreColumns(columns).find(({ name, min, max }) => HARM.test(name) && (min ?? -1) >= 0 && (max ?? 2) <= 1);
  return found ? { column: found.name, above: HALF, isOn: true } : null;
}

/** What tells whether a row is blurred: its own columns, and values of scorers' columns that came with it. */
export interface Scored {
  columns: Readonly<Record<string, unknown>>;
  scores?: Readonly<Record<string, number | null>>;
}

function valueOf({ columns, scores = {} }: Scored, { column }: BlurRule): unknown {
  return column in columns ? columns[column] : scores[column];
}

/** Whether a row says what it scored, or that it has no score. */
export function isScored(row: Scored, rule: BlurRule): boolean {
  return valueOf(row, rule) !== undefined;
}

/** The flag of a row; null where it has none. A row without a score has none. */
export function flagOf(row: Scored, rule: BlurRule): Flag | null {
  const value = valueOf(row, rule);
  return typeof value === "number" && value > rule.above ? { column: rule.column, value, above: rule.above } : null;
}

/** Rules as they were remembered, by the map's name; what makes no sense is left out. */
export function readRules(kept: unknown): Record<string, BlurRule> {
  if (typeof kept !== "object" || kept === null) return {};
  return Object.fromEntries(Object.entries(kept as Record<string, unknown>).filter(([, rule]) => isRule(rule))) as Record<string, BlurRule>;
}

function isRule(rule: unknown): rule is BlurRule {
  const said = rule as Partial<BlurRule> | null;
  return typeof said?.column === "string" && Number.isFinite(said.above) && typeof said.isOn === "boolean";
}
