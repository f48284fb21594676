/** Colours of points: categories, nested clusters, numbers; each for a light and a dark ground. */

import { type Oklch, type Rgb, deltaE, toOklab, toOklch, toRgb } from "./color";
import { VISIONS, leastDeltaE, seenBy } from "./vision";

export type Ground = "light" | "dark";

export interface PaletteCluster {
  cluster_id: number;
  layer: number;
  parent_id: number;
  size: number;
  x: number;
  y: number;
}

const TONE = { light: { l: 0.6, c: 0.135 }, dark: { l: 0.74, c: 0.125 } };
/** Hue alone fails people who confuse red and green: neighbours on the hue circle differ in lightness as well. */
const LIGHTNESS_STEPS = [0, -0.085, 0.075];
const FIRST_HUE = 245;
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

function tone(hue: number, step: number, ground: Ground): Oklch {
  const { l, c } = TONE[ground];
  return { l: l + LIGHTNESS_STEPS[step % 3]!, c, h: hue };
}

/**
 * The colour of every cluster, by layer and then by cluster_id.
 *
 * In the coarsest layer, clusters near each other on the map get hues far apart; a child varies its parent's hue,
 * lightness and chroma, the more the larger `spread` (1: by less than neighbours differ).
 */
export function clusterColors(
  clusters: readonly PaletteCluster[],
  ground: Ground,
  { spread = 1, palette = "portolan" }: { spread?: number; palette?: PaletteName } = {},
): Rgb[][] {
  const layers: PaletteCluster[][] = [];
  for (const cluster of clusters) (layers[cluster.layer] ??= []).push(cluster);
  for (let layer = 0; layer < layers.length; layer++) layers[layer] ??= [];
  const tones: Oklch[][] = layers.map(() => []);
  const top = layers.length - 1;
  if (top < 0) return [];
  // Children keep to their parent's part of the hue circle.
  const room = Math.min(1, 10 / Math.max(1, layers[top]!.length));
  for (const [cluster, value] of spreadHues(layers[top]!, ground, palette)) tones[top]![cluster.cluster_id] = value;
  for (let layer = top - 1; layer >= 0; layer--) {
    for (const siblings of groupByParent(layers[layer]!).values()) {
      siblings.forEach((cluster, place) => {
        const parent = tones[layer + 1]![cluster.parent_id];
        tones[layer]![cluster.cluster_id] = parent
          ? vary(parent, { place, n: siblings.length, width: (layer + 1 === top ? 1 : 0.5) * room * spread })
          : tone(0, 0, ground);
      });
    }
  }
  return tones.map((layer) => Array.from(layer, (value) => (value ? toRgb(value) : missingColor(ground))));
}

function groupByParent(clusters: readonly PaletteCluster[]): Map<number, PaletteCluster[]> {
  const groups = new Map<number, PaletteCluster[]>();
  for (const cluster of clusters) {
    const group = groups.get(cluster.parent_id);
    if (group) group.push(cluster);
    else groups.set(cluster.parent_id, [cluster]);
  }
  for (const group of groups.values()) group.sort((a, b) => b.size - a.size || a.cluster_id - b.cluster_id);
  return groups;
}

/** The largest child keeps its parent's colour; the others step away from it on both sides. */
function vary(parent: Oklch, { place, n, width }: { place: number; n: number; width: number }): Oklch {
  if (place === 0 || n === 1) return parent;
  const side = place % 2 === 0 ? 1 : -1;
  const share = Math.ceil(place / 2) / Math.ceil((n - 1) / 2);
  return {
    l: parent.l + Math.sqrt(width) * 0.045 * side * (place % 4 < 2 ? 1 : -1) * (0.4 + 0.6 * share),
    c: Math.max(0.05, parent.c - width * 0.02 * share),
    h: parent.h + width * 15 * side * share,
  };
}

/** Hues for the coarsest layer: greedy from the largest cluster, then swaps while neighbours grow more distinct. */
function spreadHues(
  clusters: readonly PaletteCluster[],
  ground: Ground,
  palette: PaletteName,
): Map<PaletteCluster, Oklch> {
  const order = [...clusters].sort((a, b) => b.size - a.size || a.cluster_id - b.cluster_id);
  const isByHue = palette === "portolan";
  const tones = isByHue
    ? order.map((_, place) => tone((FIRST_HUE + (360 / order.length) * place) % 360, place, ground))
    : categorical(order.length, ground, palette).reverse().map(toOklch);
  const alike = likenesses(tones, isByHue ? likeness : (a, b) => 1 - Math.min(1, leastDeltaE(toRgb(a), toRgb(b)) / 40));
  const nearness = nearnessOf(order);
  const toneOf = assignGreedily(nearness, alike);
  for (let round = 0; round < 3; round++) improveBySwaps(toneOf, nearness, alike);
  return new Map(order.map((cluster, place) => [cluster, tones[toneOf[place]!]!]));
}

/** How much two clusters must differ: 1 where they touch, falling with the square of their distance. */
function nearnessOf(clusters: readonly PaletteCluster[]): Float64Array[] {
  const spread = Math.max(1e-12, ...clusters.map((a) => Math.hypot(a.x - clusters[0]!.x, a.y - clusters[0]!.y)));
  return clusters.map((a) =>
    Float64Array.from(clusters, (b) => (a === b ? 0 : 1 / (0.01 + (Math.hypot(a.x - b.x, a.y - b.y) / spread) ** 2))),
  );
}

function likeness(a: Oklch, b: Oklch): number {
  const hue = Math.abs(((a.h - b.h + 540) % 360) - 180) / 180;
  return (1 - hue) ** 2 - 0.8 * Math.abs(a.l - b.l);
}

function likenesses(tones: readonly Oklch[], of: (a: Oklch, b: Oklch) => number): Float64Array[] {
  return tones.map((a) => Float64Array.from(tones, (b) => of(a, b)));
}

function assignGreedily(nearness: Float64Array[], alike: readonly Float64Array[]): number[] {
  const toneOf: number[] = [];
  const free = new Set(alike.keys());
  for (let place = 0; place < nearness.length; place++) {
    let best = -1;
    let least = Infinity;
    for (const candidate of free) {
      let cost = 0;
      for (let other = 0; other < place; other++) {
        cost += nearness[place]![other]! * alike[candidate]![toneOf[other]!]!;
      }
      if (cost < least) [best, least] = [candidate, cost];
    }
    toneOf.push(best);
    free.delete(best);
  }
  return toneOf;
}

function improveBySwaps(toneOf: number[], nearness: Float64Array[], alike: readonly Float64Array[]): void {
  const n = toneOf.length;
  if (n > 120) return;
  const cost = (place: number, tone: number, except: number): number => {
    let sum = 0;
    for (let other = 0; other < n; other++) {
      if (other !== place && other !== except)
        sum += nearness[place]![other]! * alike[tone]![toneOf[other]!]!;
    }
    return sum;
  };
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const now = cost(a, toneOf[a]!, b) + cost(b, toneOf[b]!, a);
      const swapped = cost(a, toneOf[b]!, b) + cost(b, toneOf[a]!, a);
      if (swapped < now - 1e-9) [toneOf[a], toneOf[b]] = [toneOf[b]!, toneOf[a]!];
    }
  }
}
