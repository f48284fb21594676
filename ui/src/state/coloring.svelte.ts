/** What colours the map and what the legend filters. */

import { css, type Rgb } from "../core/color";
import { type ColumnFilter, isFiltering } from "../core/filter";
import { type FilterColumn, readFilters, writeFilters } from "../core/filter-text";
import { buildLegend, codesBetween, LAST_NUMBER_CODE, type Legend } from "../core/legend";
import { categorical, clusterColors, type Ground, missingColor, ramp } from "../core/palette";
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
  /** The column that colours; null where the map has none. */
  slug = $state<string | null>(null);
  /** How many layers further down colours go: with the zoom. */
  depth = $state(0);
  filters = $state.raw<ReadonlyMap<string, ColumnFilter>>(new Map());

  /** Colour of each cluster, by layer and cluster_id. */
  readonly clusterColors: Rgb[][] = $derived(
    clusterColors(this.clusters, this.ground, this.depth > 0 ? CLOSE_SPREAD : 1),
  );
  readonly column: TileColumn | null = $derived(this.columns.find((column) => column.slug === this.slug) ?? null);
  readonly coloring: Coloring = $derived.by(() => this.#coloring());
  readonly legend: Legend | null = $derived.by(() => this.#legend());
  readonly isFiltering: boolean = $derived([...this.filters.values()].some(isFiltering));

  /** The filters as a link says them. */
  readonly filterText: string = $derived.by(() => writeFilters([...this.filters.values()], this.#filterColumns()));

  /** Filters by what a link says. */
  filterBy(text: string): void {
    if (text === this.filterText) return;
    this.filters = new Map(readFilters(text, this.#filterColumns()).map((filter) => [filter.slug, filter]));
  }

  #filterColumns(): FilterColumn[] {
    const nOf = ({ kind, layer, values }: TileColumn) =>
      kind === "cluster" ? this.clusters.filter((cluster) => cluster.layer === layer).length : (values?.length ?? 0);
    return this.columns.map((column) => ({ ...column, nCodes: nOf(column) }));
  }

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

  #coloring(): Coloring {
    const missing = missingColor(this.ground);
    const { column } = this;
    if (!column) return { column: null, colors: categorical(1, this.ground), missing, missingCode: -1, isRamp: false };
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
    const isRamp = column.kind === "number" || column.kind === "time";
    const colors = isRamp ? ramp(RAMP_STEPS, this.ground) : categorical(column.values?.length ?? 1, this.ground);
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
    const colors = isCluster ? (this.clusterColors[column.layer ?? 0] ?? []) : this.coloring.colors;
    return buildLegend(column, {
      colors: colors.map(css),
      missingColor: css(missingColor(this.ground)),
      filter: this.filters.get(column.slug) ?? null,
      clusters: isCluster ? this.clusters.filter((cluster) => cluster.layer === column.layer) : [],
      nRows: this.nRows,
    });
  }

  #setFilter(slug: string, change: Partial<ColumnFilter>): void {
    const now = this.filters.get(slug) ?? { slug, hidden: new Set<number>(), range: null };
    const next = new Map(this.filters);
    next.set(slug, { ...now, ...change });
    this.filters = next;
  }

  /** Hides or shows the rows of one value. */
  toggle(slug: string, code: number): void {
    const hidden = new Set(this.filters.get(slug)?.hidden);
    if (!hidden.delete(code)) hidden.add(code);
    this.#setFilter(slug, { hidden });
  }

  /** Shows one value's rows alone; once more shows all. */
  only(slug: string, code: number): void {
    const entries = slug === this.slug ? (this.legend?.entries ?? []) : [];
    const others = entries.filter((entry) => entry.code !== code);
    const isAlone = others.length > 0 && others.every((entry) => entry.isHidden);
    this.#setFilter(slug, { hidden: new Set(isAlone ? [] : others.map((entry) => entry.code)) });
  }

  /** Keeps values from `low` to `high`; null keeps all. */
  setRange(slug: string, range: [number, number] | null): void {
    const column = this.columns.find((candidate) => candidate.slug === slug);
    if (!column) return;
    const codes = range && codesBetween(column, range[0], range[1]);
    const isAll = codes !== null && codes[0] <= 0 && codes[1] >= LAST_NUMBER_CODE;
    this.#setFilter(slug, { range: isAll ? null : codes });
  }

  clearFilters(slug?: string): void {
    const next = new Map(this.filters);
    if (slug === undefined) next.clear();
    else next.delete(slug);
    this.filters = next;
  }

  /** Rows shown, where the counts of the values alone can tell; null where they cannot. */
  shownByCounts(): number | null {
    const active = [...this.filters.values()].filter(isFiltering);
    if (active.length === 0) return this.nRows;
    const filter = active[0]!;
    const column = this.columns.find((candidate) => candidate.slug === filter.slug);
    if (active.length > 1 || !column || filter.range) return null;
    if (column.kind === "cluster") {
      if (filter.hidden.has(column.missing)) return null;
      const ids = this.clusters.filter(
        (cluster) => cluster.layer === column.layer && filter.hidden.has(cluster.cluster_id),
      );
      return this.nRows - ids.reduce((sum, cluster) => sum + cluster.size, 0);
    }
    const values = column.values ?? [];
    const named = values.reduce((sum, [, count]) => sum + count, 0);
    const hiddenNamed = values.reduce((sum, [, count], code) => sum + (filter.hidden.has(code) ? count : 0), 0);
    return this.nRows - hiddenNamed - (filter.hidden.has(column.missing) ? this.nRows - named : 0);
  }
}
