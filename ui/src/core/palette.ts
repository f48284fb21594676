/** Colours of points: categories, nested clusters, numbers; each for a light and a dark ground. */

import { type Oklch, type Rgb, asDeutan, deltaE, toRgb } from "./color";

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
const N_HUES = 24;
/** As many colours are chosen to be apart; beyond, nobody tells them apart anyway. */
const MOST_APART = 16;
const GOLDEN_ANGLE = 137.508;

export function missingColor(ground: Ground): Rgb {
  return ground === "light" ? [169, 165, 156] : [111, 117, 122];
}

/** `n` colours that are well apart, also for who sees no green; the first few differ most. */
export function categorical(n: number, ground: Ground): Rgb[] {
  const chosen = farthestFirst(Math.min(n, MOST_APART), ground);
  for (let place = chosen.length; place < n; place++)
    chosen.push(toRgb(tone((FIRST_HUE + GOLDEN_ANGLE * place) % 360, place, ground)));
  return chosen;
}

/** Each colour is the candidate that differs most from those before it. */
function farthestFirst(n: number, ground: Ground): Rgb[] {
  const candidates = LIGHTNESS_STEPS.flatMap((_, step) =>
    Array.from({ length: N_HUES }, (_, k) => toRgb(tone((FIRST_HUE + (360 / N_HUES) * k) % 360, step, ground))),
  );
  const distance = (a: Rgb, b: Rgb) => Math.min(deltaE(a, b), 1.4 * deltaE(asDeutan(a), asDeutan(b)));
  const chosen = candidates.slice(0, Math.min(n, 1));
  const gaps = candidates.map((candidate) => (chosen[0] ? distance(candidate, chosen[0]) : 0));
  while (chosen.length < n) {
    const next = candidates[gaps.indexOf(Math.max(...gaps))]!;
    chosen.push(next);
    candidates.forEach((candidate, i) => (gaps[i] = Math.min(gaps[i]!, distance(candidate, next))));
  }
  return chosen;
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
export function clusterColors(clusters: readonly PaletteCluster[], ground: Ground, spread = 1): Rgb[][] {
  const layers: PaletteCluster[][] = [];
  for (const cluster of clusters) (layers[cluster.layer] ??= []).push(cluster);
  for (let layer = 0; layer < layers.length; layer++) layers[layer] ??= [];
  const tones: Oklch[][] = layers.map(() => []);
  const top = layers.length - 1;
  if (top < 0) return [];
  // Children keep to their parent's part of the hue circle.
  const room = Math.min(1, 10 / Math.max(1, layers[top]!.length));
  for (const [cluster, value] of spreadHues(layers[top]!, ground)) tones[top]![cluster.cluster_id] = value;
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
function spreadHues(clusters: readonly PaletteCluster[], ground: Ground): Map<PaletteCluster, Oklch> {
  const order = [...clusters].sort((a, b) => b.size - a.size || a.cluster_id - b.cluster_id);
  const tones = order.map((_, place) => tone((FIRST_HUE + (360 / order.length) * place) % 360, place, ground));
  const nearness = nearnessOf(order);
  const toneOf = assignGreedily(nearness, tones);
  for (let round = 0; round < 3; round++) improveBySwaps(toneOf, nearness, tones);
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

function assignGreedily(nearness: Float64Array[], tones: readonly Oklch[]): number[] {
  const toneOf: number[] = [];
  const free = new Set(tones.keys());
  for (let place = 0; place < tones.length; place++) {
    let best = -1;
    let least = Infinity;
    for (const candidate of free) {
      let cost = 0;
      for (let other = 0; other < place; other++) {
        cost += nearness[place]![other]! * likeness(tones[candidate]!, tones[toneOf[other]!]!);
      }
      if (cost < least) [best, least] = [candidate, cost];
    }
    toneOf.push(best);
    free.delete(best);
  }
  return toneOf;
}

function improveBySwaps(toneOf: number[], nearness: Float64Array[], tones: readonly Oklch[]): void {
  const n = toneOf.length;
  if (n > 120) return;
  const cost = (place: number, tone: number, except: number): number => {
    let sum = 0;
    for (let other = 0; other < n; other++) {
      if (other !== place && other !== except)
        sum += nearness[place]![other]! * likeness(tones[tone]!, tones[toneOf[other]!]!);
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

/** The ramp for numbers and time, `n` steps: lightness rises or falls evenly away from the ground. */
export function ramp(n: number, ground: Ground): Rgb[] {
  return Array.from({ length: n }, (_, step) => {
    const t = n === 1 ? 0 : step / (n - 1);
    const hue = 205 + (ground === "light" ? 125 : -135) * t;
    return ground === "light"
      ? toRgb({ l: 0.8 - 0.47 * t, c: 0.075 + 0.07 * Math.sin(Math.PI * (0.15 + 0.75 * t)), h: hue })
      : toRgb({ l: 0.42 + 0.48 * t, c: 0.075 + 0.06 * Math.sin(Math.PI * (0.15 + 0.75 * t)), h: hue });
  });
}
