/** Colours of points by their values; each for a light and a dark ground. */

import { type Oklch, type Rgb, deltaE, toOklab, toRgb } from "./color";
import { VISIONS, seenBy } from "./vision";

export type Ground = "light" | "dark";

const TONE = { light: { l: 0.6, c: 0.135 }, dark: { l: 0.74, c: 0.125 } };
/** Hue alone fails people who confuse red and green: neighbours on the hue circle differ in lightness as well. */
const LIGHTNESS_STEPS = [0, -0.085, 0.075];
export const FIRST_HUE = 245;
/** Values of a column begin elsewhere than topics do: nobody takes the one for the other. */
const COLUMN_HUE = 46;
const N_HUES = 36;
/** As many colours are chosen to be apart; beyond, nobody tells them apart anyway. */
const MOST_APART = 16;
const GOLDEN_ANGLE = 137.508;

export function missingColor(ground: Ground): Rgb {
  return ground === "light" ? [169, 165, 156] : [111, 117, 122];
}

/** "portolan": even and calm; "distinct": farther apart for every eye, by more lightness; "okabe-ito": the known eight. */
export type PaletteName = "portolan" | "distinct" | "okabe-ito";

interface Choice {
  tone: Record<Ground, { l: number; c: number }>;
  /** Differences of lightness: what is left of a hue to who lacks a kind of cones. */
  steps: readonly number[];
  /** Colours that come first. */
  first: readonly Rgb[];
}

/** Source: Okabe and Ito 2008, "Color Universal Design"; black, which names are written in, left out. */
const OKABE_ITO: Rgb[] = [
  [230, 159, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [213, 94, 0],
  [240, 228, 66],
];
const CALM: Choice = {
  tone: { light: { l: 0.58, c: 0.14 }, dark: { l: 0.72, c: 0.125 } },
  steps: [0, -0.14, 0.12, -0.07, 0.06],
  first: [],
};
const DISTINCT: Choice = { ...CALM, steps: [0, -0.19, 0.16, -0.095, 0.08] };
const CHOICES: Record<PaletteName, Choice> = {
  portolan: CALM,
  distinct: DISTINCT,
  "okabe-ito": { ...DISTINCT, first: OKABE_ITO },
};
/** Greyer twins of each hue: two more that differ to who sees few hues. */
const CHROMAS = [1, 0.55];
const LEAST_FROM_MISSING = 8;

/** `n` colours that are well apart to every eye; the first few differ most. */
export function categorical(n: number, ground: Ground, palette: PaletteName = "portolan"): Rgb[] {
  const colors = farthestFirst(ground, palette).slice(0, n);
  for (let place = colors.length; place < n; place++)
    colors.push(toRgb(tone((COLUMN_HUE + GOLDEN_ANGLE * place) % 360, place, ground)));
  return colors;
}

/** The one colour of all points where nothing colours them. */
export function plainColor(ground: Ground): Rgb {
  const { l, c } = CALM.tone[ground];
  return toRgb({ l, c, h: FIRST_HUE });
}

const known = new Map<string, Rgb[]>();

/** Each colour is the candidate that differs most from those before it, to whoever tells them apart worst. */
function farthestFirst(ground: Ground, palette: PaletteName): Rgb[] {
  const key = `${ground} ${palette}`;
  const chosen = known.get(key) ?? chooseApart(ground, CHOICES[palette]);
  known.set(key, chosen);
  return chosen;
}

function chooseApart(ground: Ground, { tone: { [ground]: base }, steps, first }: Choice): Rgb[] {
  const candidates = steps
    .flatMap((step) =>
      CHROMAS.flatMap((share) =>
        Array.from({ length: N_HUES }, (_, k) =>
          toRgb({ l: base.l + step, c: base.c * share, h: (COLUMN_HUE + (360 / N_HUES) * k) % 360 }),
        ),
      ),
    )
    .filter((color) => deltaE(color, missingColor(ground)) > LEAST_FROM_MISSING);
  const chosen = first.length > 0 ? [...first] : candidates.slice(0, 1);
  const views = candidates.map(viewsOf);
  const gaps = views.map((view) => Math.min(...chosen.map((color) => apart(view, viewsOf(color)))));
  while (chosen.length < MOST_APART) {
    const next = gaps.indexOf(Math.max(...gaps));
    chosen.push(candidates[next]!);
    views.forEach((view, i) => (gaps[i] = Math.min(gaps[i]!, apart(view, views[next]!))));
  }
  return chosen;
}

type View = [number, number, number];

/** A colour in OKLab as each way to see has it; the usual one first. */
function viewsOf(color: Rgb): View[] {
  return [color, ...VISIONS.map((vision) => seenBy(color, vision))].map(toOklab);
}

function apart(a: readonly View[], b: readonly View[]): number {
  // Who has all cones expects more of a difference.
  return Math.min(
    ...a.map((p, i) => Math.hypot(p[0] - b[i]![0], p[1] - b[i]![1], p[2] - b[i]![2]) * (i === 0 ? 1 / 1.5 : 1)),
  );
}

/** A hue at the lightness and chroma that points have; `step` varies the lightness. */
export function tone(hue: number, step: number, ground: Ground): Oklch {
  const { l, c } = TONE[ground];
  return { l: l + LIGHTNESS_STEPS[step % 3]!, c, h: hue };
}
