/** Sets of labels as the page handles them: keys, colours, who said what of a row. */

import { css, type Rgb } from "./color";
import { categorical } from "./palette";

export interface LabelValue {
  value: string;
  /** "#rrggbb", or "" where none was chosen. */
  color: string;
  /** One character, or "". */
  key: string;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The key of each value: its own; else the digit of its place, or the next one that is free; "" where none is left. */
export function keysOf(values: readonly LabelValue[]): string[] {
  const own = new Set(values.map(({ key }) => key).filter(Boolean));
  const free = DIGITS.filter((digit) => !own.has(digit));
  return values.map(({ key }, place) => {
    if (key) return key;
    const digit = free.includes(DIGITS[place] ?? "") ? DIGITS[place]! : free[0];
    if (digit !== undefined) free.splice(free.indexOf(digit), 1);
    return digit ?? "";
  });
}

/** The colour of each value: its own, else one that is far from the others. */
export function colorsOf(values: readonly LabelValue[], ground: "light" | "dark" = "light"): string[] {
  const usual = categorical(values.length, ground).map(css);
  return values.map(({ color }, place) => color || usual[place]!);
}

/** What is wrong with a set as it is written; null: nothing. */
export function wrongWith({ name, values }: { name: string; values: readonly LabelValue[] }): string | null {
  if (name.trim() === "") return "Give the set a name.";
  const named = values.map(({ value }) => value.trim()).filter(Boolean);
  if (named.length === 0) return "Give at least one label.";
  const twice = named.find((value, place) => named.indexOf(value) !== place);
  if (twice !== undefined) return `The label “${twice}” stands there twice.`;
  const keys = values.map(({ key }) => key).filter(Boolean);
  const key = keys.find((one, place) => keys.indexOf(one) !== place);
  return key === undefined ? null : `Two labels have the key “${key}”.`;
}

/** The colours that sets choose for their labels, by column and value. */
export function labelColors(sets: readonly { name: string; values: readonly LabelValue[] }[]): Map<string, Map<string, Rgb>> {
  const found = new Map<string, Map<string, Rgb>>();
  for (const { name, values } of sets) {
    const chosen = new Map(values.filter(({ color }) => color).map(({ value, color }) => [value, rgb(color)]));
    if (chosen.size === 0) continue;
    for (const end of ["", "_chosen", "_rejected", "_spans"]) found.set(`label_${name}${end}`, chosen);
    if (sets.length === 1 || name === "label") found.set("label", chosen);
  }
  return found;
}

/** "#rrggbb" as red, green and blue. */
function rgb(color: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as Rgb;
}

const JUDGEMENTS = "audit-";

/** Whether a set holds judgements of a finding: those are given without knowing which rows are in it, and nowhere else. */
export function isOfJudgements(set: string): boolean {
  return set.startsWith(JUDGEMENTS);
}
