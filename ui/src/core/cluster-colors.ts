/**
 * Colours of nested clusters: neighbours far apart, children like their parents, edits leave all others as they were.
 *
 * Pictures have the same rules in `src/portolan/core/cluster_colors.py`.
 */

import { type Oklch, type Rgb, toOklch, toRgb } from "./color";
import { FIRST_HUE, type Ground, type PaletteName, categorical, missingColor, tone } from "./palette";
import { leastDeltaE } from "./vision";

/** A cluster as it was found, before any edit: what its colour depends on. */
export interface FoundCluster {
  cluster_id: number;
  parent_id: number;
  size: number;
  x: number;
  y: number;
}

export interface PaletteCluster extends FoundCluster {
  layer: number;
  /** What people's edits changed: the cluster as it was found, and those that went into it. */
  found?: readonly FoundCluster[];
  /** Where a split made it: the cluster of its layer, as found, that it was part of. */
  origin?: number | null;
}

const MOST_SWAPPED = 120;
const LEAST_CHROMA = 0.05;
const N_HUES = 36;
/** Added to squared distances, as shares of the map: clusters at one place are not infinitely near. */
const LEAST_APART = 0.01;
/** Colours as far apart as this (OKLab × 100) are not alike at all. */
const FAR_APART = 40;
/** Where on the circle the hues begin among which a new topic chooses: any two differ in this or in lightness. */
const NEW_OFFSETS = [0, 3, 1, 4, 2, 5];

interface Options {
  /** How much children differ; 1: by less than neighbours do. */
  spread?: number;
  palette?: PaletteName;
}

/**
 * The colour of every cluster, by layer and then by cluster_id.
 *
 * In the coarsest layer, clusters near each other on the map get hues far apart; a child varies its parent's hue,
 * lightness and chroma. What people merged, split or moved is coloured after that, so that every other cluster keeps
 * its colour.
 */
export function clusterColors(clusters: readonly PaletteCluster[], ground: Ground, options: Options = {}): Rgb[][] {
  const layers: PaletteCluster[][] = [];
  for (const cluster of clusters) (layers[cluster.layer] ??= []).push(cluster);
  if (layers.length === 0) return [];
  for (let layer = 0; layer < layers.length; layer++) layers[layer] ??= [];
  const tones = new Tones(layers.map(asFound), ground, options);
  for (let layer = layers.length - 1; layer >= 0; layer--)
    for (const cluster of layers[layer]!) tones.now[layer]![cluster.cluster_id] = tones.of(cluster);
  return tones.now.map((layer) => Array.from(layer, (value) => (value ? toRgb(value) : missingColor(ground))));
}

function asFound(clusters: readonly PaletteCluster[]): FoundCluster[] {
  return clusters.flatMap((one) => (one.found?.length ? one.found : (one.origin ?? null) === null ? [one] : []));
}

/** Tones of the clusters as they were found (`first`), and as they are `now`: by layer, then by cluster_id. */
class Tones {
  readonly first: Oklch[][];
  readonly now: Oklch[][];
  readonly #parents: Map<number, number>[];
  readonly #top: number;
  readonly #largestFirst: FoundCluster[];
  readonly #ground: Ground;
  readonly #palette: PaletteName;
  readonly #spread: number;

  constructor(found: readonly FoundCluster[][], ground: Ground, { spread = 1, palette = "portolan" }: Options) {
    this.#ground = ground;
    this.#palette = palette;
    this.#spread = spread;
    this.#top = found.length - 1;
    this.#largestFirst = bySize(found[this.#top]!);
    this.#parents = found.map((layer) => new Map(layer.map((one) => [one.cluster_id, one.parent_id])));
    this.first = found.map(() => []);
    this.now = found.map(() => []);
    this.first[this.#top] = spreadHues(this.#largestFirst, ground, palette);
    for (let layer = this.#top - 1; layer >= 0; layer--) {
      for (const siblings of groupByParent(found[layer]!).values()) {
        siblings.forEach((cluster, place) => {
          const parent = this.first[layer + 1]![cluster.parent_id];
          this.first[layer]![cluster.cluster_id] = parent
            ? vary(parent, { place, n: siblings.length, width: this.#width(layer) })
            : tone(0, 0, ground);
        });
      }
    }
  }

  /** How much children vary. They keep to their parent's part of the hue circle. */
  #width(layer: number): number {
    const room = Math.min(1, 10 / Math.max(1, this.#largestFirst.length));
    return (layer + 1 === this.#top ? 1 : 0.5) * room * this.#spread;
  }

  /** The tone of a cluster as it is now; those of the layer above are known. */
  of(cluster: PaletteCluster): Oklch {
    const { layer, cluster_id, parent_id } = cluster;
    const own = this.first[layer]![cluster_id];
    if (layer === this.#top) return own ?? this.#ofNewTopic(cluster);
    const above = this.now[layer + 1]![parent_id];
    const model = own ? cluster_id : (cluster.origin ?? cluster_id);
    const parentFirst = this.#parents[layer]!.get(model) ?? -1;
    const hasMoved = parentFirst !== parent_id || above !== this.first[layer + 1]![parent_id];
    if (own && !hasMoved) return own;
    if (!above) return tone(0, 0, this.#ground);
    const step = stepOf(this.first[layer + 1]![parentFirst], this.first[layer]![model]);
    if (!hasMoved) return beside(above, step, { number: this.#number(cluster), width: this.#width(layer) });
    return { l: above.l + step.l, c: Math.max(LEAST_CHROMA, above.c + step.c), h: above.h + step.h };
  }

  /** How many clusters of its layer a split made before it. */
  #number({ layer, cluster_id }: PaletteCluster): number {
    return cluster_id - Math.max(-1, ...this.#parents[layer]!.keys()) - 1;
  }

  /**
   * A tone for a topic that a split made: the least like those around it. It depends on the topics that were found
   * alone: another split, and its undoing, leave it as it is.
   */
  #ofNewTopic(cluster: PaletteCluster): Oklch {
    const number = this.#number(cluster);
    const others = this.#largestFirst;
    if (this.#palette !== "portolan")
      return toOklch(categorical(others.length + number + 1, this.#ground, this.#palette).at(-1)!);
    const start = FIRST_HUE + (360 / N_HUES) * NEW_OFFSETS[number % NEW_OFFSETS.length]!;
    const candidates = Array.from({ length: 6 }, (_, k) => tone((start + 60 * k) % 360, number + 1, this.#ground));
    const place = others.findIndex((one) => one.cluster_id === cluster.origin);
    if (place < 0) return candidates[0]!;
    const near = nearnessOf(others)[place]!;
    near[place] = 1 / LEAST_APART;
    const costs = candidates.map((candidate) =>
      others.reduce((sum, one, i) => sum + near[i]! * likeness(candidate, this.first[this.#top]![one.cluster_id]!), 0),
    );
    return candidates[costs.indexOf(Math.min(...costs))]!;
  }
}

function bySize(clusters: readonly FoundCluster[]): FoundCluster[] {
  return [...clusters].sort((a, b) => b.size - a.size || a.cluster_id - b.cluster_id);
}

function groupByParent(clusters: readonly FoundCluster[]): Map<number, FoundCluster[]> {
  const groups = new Map<number, FoundCluster[]>();
  for (const cluster of bySize(clusters)) {
    const group = groups.get(cluster.parent_id);
    if (group) group.push(cluster);
    else groups.set(cluster.parent_id, [cluster]);
  }
  return groups;
}

/** The largest child keeps its parent's colour; the others step away from it on both sides. */
function vary(parent: Oklch, { place, n, width }: { place: number; n: number; width: number }): Oklch {
  if (place === 0 || n === 1) return parent;
  const side = place % 2 === 0 ? 1 : -1;
  const share = Math.ceil(place / 2) / Math.ceil((n - 1) / 2);
  return {
    l: parent.l + Math.sqrt(width) * 0.045 * side * (place % 4 < 2 ? 1 : -1) * (0.4 + 0.6 * share),
    c: Math.max(LEAST_CHROMA, parent.c - width * 0.02 * share),
    h: parent.h + width * 15 * side * share,
  };
}

/** From a parent's tone to its child's; none where either is unknown. */
function stepOf(parent: Oklch | undefined, child: Oklch | undefined): Oklch {
  if (!parent || !child) return { l: 0, c: 0, h: 0 };
  return { l: child.l - parent.l, c: child.c - parent.c, h: child.h - parent.h };
}

/** A child that a split made: on the other side of its parent's tone than the child that it was part of. */
function beside(parent: Oklch, step: Oklch, { number, width }: { number: number; width: number }): Oklch {
  const share = 0.5 + 0.5 * (((number + 1) * 0.618) % 1);
  const side = step.h === 0 ? (number % 2 === 0 ? 1 : -1) : -Math.sign(step.h);
  const lighter = step.l === 0 ? side : -Math.sign(step.l);
  return {
    l: parent.l + Math.sqrt(width) * 0.045 * lighter * share,
    c: parent.c,
    h: parent.h + width * 15 * side * share,
  };
}

/** Hues for the coarsest layer: greedy from the largest cluster, then swaps while neighbours grow more distinct. */
function spreadHues(order: readonly FoundCluster[], ground: Ground, palette: PaletteName): Oklch[] {
  const isByHue = palette === "portolan";
  const tones = isByHue
    ? order.map((_, place) => tone((FIRST_HUE + (360 / order.length) * place) % 360, place, ground))
    : categorical(order.length, ground, palette).reverse().map(toOklch);
  const alike = likenesses(tones, isByHue ? likeness : (a, b) => 1 - Math.min(1, leastDeltaE(toRgb(a), toRgb(b)) / FAR_APART));
  const nearness = nearnessOf(order);
  const toneOf = assignGreedily(nearness, alike);
  for (let round = 0; round < 3; round++) improveBySwaps(toneOf, nearness, alike);
  const found: Oklch[] = [];
  order.forEach((cluster, place) => (found[cluster.cluster_id] = tones[toneOf[place]!]!));
  return found;
}

/** How much two clusters must differ: 1 where they touch, falling with the square of their distance. */
function nearnessOf(clusters: readonly FoundCluster[]): Float64Array[] {
  const spread = Math.max(1e-12, ...clusters.map((a) => Math.hypot(a.x - clusters[0]!.x, a.y - clusters[0]!.y)));
  return clusters.map((a) =>
    Float64Array.from(clusters, (b) => (a === b ? 0 : 1 / (LEAST_APART + (Math.hypot(a.x - b.x, a.y - b.y) / spread) ** 2))),
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
  if (n > MOST_SWAPPED) return;
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
