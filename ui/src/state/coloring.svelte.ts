/** What colours the map. */

import { clusterColors } from "../core/cluster-colors";
import { css, type Rgb } from "../core/color";
import type { ColumnFilter } from "../core/filter";
import { buildLegend, type Legend } from "../core/legend";
import { categorical, type Ground, missingColor, type PaletteName, plainColor } from "../core/palette";
import { ramp, type RampName } from "../core/ramps";
import { byTags, ofFirstTags } from "../core/tags";
import type { Cluster, TileColumn } from "../data/types";

/** How codes become colours on the map. */
export interface Coloring {
  /** The column whose codes are read; null: all points have `colors[0]`. */
  column: TileColumn | null;
  /** By code; with `isRamp`, even steps along the ramp. */
  colors: Rgb[];
  missing: Rgb;
  missingCode: number;
  isRamp: boolean;
}

const RAMP_STEPS = 64;
/** In a close-up one cluster may fill the screen: its children differ more than where its neighbours are in sight. */
const CLOSE_SPREAD = 2.2;

export class ColorState {
  columns = $state.raw<TileColumn[]>([]);
  clusters = $state.raw<Cluster[]>([]);
  /** Finest cluster -> cluster of each layer. */
  lines = $state.raw<Int32Array[]>([]);
  nRows = $state(0);
  ground = $state<Ground>("light");
  palette = $state<PaletteName>("portolan");
  ramp = $state<RampName>("auto");
  /** Colours that a person chose for values, by the column's name. */
  valueColors = $state.raw<ReadonlyMap<string, ReadonlyMap<string, Rgb>>>(new Map());
  /** The column that colours; null where the map has none. */
  slug = $state<string | null>(null);
  /** How many layers further down colours go: with the zoom. */
  depth = $state(0);

  /** Colour of each cluster, by layer and cluster_id. */
  readonly clusterColors: Rgb[][] = $derived(
    clusterColors(this.clusters, this.ground, { spread: this.depth > 0 ? CLOSE_SPREAD : 1, palette: this.palette }),
  );
  readonly column: TileColumn | null = $derived(this.columns.find((column) => column.slug === this.slug) ?? null);
  /** Another pane's colours, in the codes of this one. */
  borrowed = $state.raw<Coloring | null>(null);
  readonly coloring: Coloring = $derived.by(() => this.borrowed ?? this.#coloring());
  readonly legend: Legend | null = $derived.by(() => this.#legend());

  /** `filterOf` and `countsOf`: what is filtered out of a column and what is left, which its legend tells. */
  constructor(
    private readonly filterOf: (slug: string) => ColumnFilter | null = () => null,
    private readonly countsOf: (slug: string) => readonly number[] | null = () => null,
  ) {}

  /** The stored column of the finest clusters: every layer is read through it. */
  get finest(): TileColumn | null {
    return this.columns.find((column) => column.kind === "cluster" && column.layer === 0) ?? null;
  }

  /** The column to begin with: the coarsest clusters, else the first category, else whatever there is. */
  defaultSlug(): string | null {
    const clusters = this.columns.filter((column) => column.kind === "cluster");
    const coarsest = clusters.sort((a, b) => (b.layer ?? 0) - (a.layer ?? 0))[0];
    const category = this.columns.find((column) => column.kind === "category" || column.kind === "boolean");
    return (coarsest ?? category ?? this.columns[0])?.slug ?? null;
  }

  clusterColor(layer: number, clusterId: number): string {
    return css(this.clusterColors[layer]?.[clusterId] ?? missingColor(this.ground));
  }

  /** Of the tags of a column whose values are lists. */
  get #tagColors(): Rgb[] {
    return this.column ? this.#valueColors(byTags(this.column)) : categorical(1, this.ground, this.palette);
  }

  /** By code: colours that a person chose, else some that are well apart. */
  #valueColors({ name, values = [] }: Pick<TileColumn, "name" | "values">): Rgb[] {
    const chosen = this.valueColors.get(name);
    const usual = categorical(Math.max(values.length, 1), this.ground, this.palette);
    return chosen ? usual.map((color, code) => chosen.get(String(values[code]?.[0])) ?? color) : usual;
  }

  #coloring(): Coloring {
    const missing = missingColor(this.ground);
    const { column } = this;
    if (!column) return { column: null, colors: [plainColor(this.ground)], missing, missingCode: -1, isRamp: false };
    if (column.kind === "cluster") {
      const stored = this.finest ?? column;
      return {
        column: stored,
        colors: this.#colorsOfFinest(column.layer ?? 0),
        missing,
        missingCode: stored.missing,
        isRamp: false,
      };
    }
    const { tags } = byTags(column);
    if (tags) return { column, colors: ofFirstTags(tags, this.#tagColors, missing), missing, missingCode: column.missing, isRamp: false };
    const isRamp = column.kind === "number" || column.kind === "time";
    const { min = 0, max = 0 } = column;
    const colors = isRamp
      ? ramp(RAMP_STEPS, this.ground, { name: this.ramp, span: { min, max } })
      : this.#valueColors(column);
    return { column, colors, missing, missingCode: column.missing, isRamp };
  }

  /** A layer's clusters, each shaded by its own children: one sees the finer land within the coarser. */
  #colorsOfFinest(layer: number): Rgb[] {
    const shade = Math.max(0, layer - 1 - this.depth);
    const line = this.lines[shade];
    const colors = this.clusterColors[shade] ?? [];
    const missing = missingColor(this.ground);
    return line ? Array.from(line, (id) => colors[id] ?? missing) : colors;
  }

  #legend(): Legend | null {
    const { column } = this;
    if (!column) return null;
    const isCluster = column.kind === "cluster";
    const colors = isCluster ? (this.clusterColors[column.layer ?? 0] ?? []) : column.is_list ? this.#tagColors : this.coloring.colors;
    return buildLegend(byTags(column), {
      colors: colors.map(css),
      missingColor: css(missingColor(this.ground)),
      filter: this.filterOf(column.slug),
      counts: this.countsOf(column.slug),
      clusters: isCluster ? this.clusters.filter((cluster) => cluster.layer === column.layer) : [],
      nRows: this.nRows,
    });
  }
}
