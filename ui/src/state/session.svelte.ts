/** All that the page knows and does, in one place. Panels show it; the stage draws it. */

import { type Bounds, type Place, placed } from "../core/camera";
import { landBounds } from "../core/density";
import { type Extent, ancestors, clusterExtents } from "../core/extents";
import { problemOf } from "../data/server";
import type { MapSource } from "../data/source";
import type { Cluster, MapInfo, Problem, TileColumn } from "../data/types";
import { ColorState } from "./coloring.svelte";
import { ReadingState } from "./reading.svelte";
import { SearchModel } from "./search.svelte";
import { TileStore } from "./tiles";
import type { ClusterRef, Phase, ShownCount } from "./types";
import { ViewState } from "./view.svelte";

const BUILDING_PAUSE_MS = 1000;

export class Session {
  phase = $state<Phase>("loading");
  problem = $state.raw<Problem | null>(null);
  /** The server stopped answering while one was looking. */
  trouble = $state.raw<Problem | null>(null);
  info = $state.raw<MapInfo | null>(null);
  tiles = $state.raw<TileStore | null>(null);
  /** Extent of each cluster, in the order of `colors.clusters`. */
  extents = $state.raw<Extent[]>([]);
  /** Lit while the pointer or the keyboard is on its name. */
  lit = $state.raw<ClusterRef | null>(null);
  /** A row that the pointer is on in a list: marked on the map. */
  pointedAt = $state.raw<{ x: number; y: number } | null>(null);
  /** The clusters have come (there may be none). */
  hasClusters = $state(false);
  /** The cluster that one flew to. */
  focus = $state.raw<ClusterRef | null>(null);
  shown = $state.raw<ShownCount>({ shown: 0, total: 0, isExact: true });

  readonly view = new ViewState();
  readonly colors = new ColorState();
  readonly reading: ReadingState;
  readonly search: SearchModel;
  /** Set by the stage: draw again. */
  redraw: () => void = () => undefined;
  #back: { x: number; y: number; zoom: number }[] = [];

  #first: { map: Promise<MapInfo>; clusters: Promise<Cluster[]> } | null = null;

  constructor(readonly source: MapSource) {
    this.reading = new ReadingState(source);
    this.search = new SearchModel(source);
  }

  /** Asks for what everything else waits for; call as early as can be. */
  prepare(): void {
    this.#first = { map: this.source.map(), clusters: this.source.clusters() };
    // Both are awaited in `start`; what fails before that is told there.
    this.#first.map.catch(() => undefined);
    this.#first.clusters.catch(() => undefined);
  }

  /** Loads what the first frame needs; then the clusters. `onFrame`: the map's frame is known, look where one should. */
  async start(onFrame: () => Promise<void>): Promise<void> {
    try {
      if (!this.#first) this.prepare();
      const { map, clusters } = this.#first!;
      this.info = await this.#readable(map);
      const manifest = await this.source.manifest(this.info.layout!, this.info.version);
      const tiles = new TileStore(this.source, manifest);
      tiles.onChange = () => this.#tilesChanged();
      tiles.onProblem = (error) => this.#met(error);
      this.view.root = tiles.root;
      this.colors.columns = manifest.columns;
      this.colors.nRows = manifest.n_rows;
      this.colors.slug = this.colors.defaultSlug();
      const first = await tiles.loadRoot(this.neededColumns());
      if (first) this.#setLand(first.points.xy);
      this.tiles = tiles;
      this.#count();
      void onFrame();
      this.#setClusters(await clusters);
    } catch (error) {
      this.problem = problemOf(error);
      this.phase = "error";
    }
  }

  /** The map once it has tiles; asks again while it is being made. */
  async #readable(asked: Promise<MapInfo>): Promise<MapInfo> {
    let info = await asked;
    while (info.layout === null) {
      this.info = info;
      await new Promise((resolve) => setTimeout(resolve, BUILDING_PAUSE_MS));
      info = await this.source.map();
    }
    return info;
  }

  /** Where the rows lie: what "the whole map" shows. */
  #setLand(xy: Float32Array): void {
    const { x, y, size } = this.view.root;
    const { x0, y0, x1, y1 } = landBounds(xy);
    this.view.land = { x0: x + x0 * size, y0: y + y0 * size, x1: x + x1 * size, y1: y + y1 * size };
  }

  #setClusters(clusters: Cluster[]): void {
    this.colors.clusters = clusters;
    this.colors.lines = ancestors(clusters);
    this.tiles?.setLines(this.colors.lines);
    this.hasClusters = true;
    this.#measureClusters();
    this.redraw();
  }

  #tilesChanged(): void {
    this.trouble = null;
    if (this.extents.length === 0) this.#measureClusters();
    this.#count();
    this.redraw();
  }

  /** The root tile is a fair sample: where the land lies, and how far each cluster reaches. */
  #measureClusters(): void {
    const { tiles } = this;
    const tile = tiles?.tree && tiles.tile(tiles.tree.node.key);
    const finest = this.colors.finest;
    if (!tiles || !tile) return;
    const { x, y, size } = tiles.root;
    const xy = Float64Array.from(tile.points.xy, (value, i) => (i % 2 === 0 ? x : y) + value * size);
    const codes = finest && tile.codes.get(finest.slug);
    if (!codes || this.colors.clusters.length === 0) return;
    this.extents = clusterExtents(this.colors.clusters, {
      xy,
      finest: codes,
      lines: this.colors.lines,
      rootSize: size,
      nRows: tiles.manifest.n_rows,
    });
  }

  #met(error: unknown): void {
    this.trouble = problemOf(error);
  }

  /** Columns whose codes the map needs now. */
  neededColumns(): TileColumn[] {
    const columns = [this.colors.finest, this.colors.coloring.column, ...(this.tiles?.filterColumns() ?? [])];
    return [...new Set(columns.filter((column) => column !== null))];
  }

  /** Call when filters change. */
  applyFilters(): void {
    this.tiles?.setFilters([...this.colors.filters.values()]);
    this.#count();
  }

  #count(): void {
    const total = this.colors.nRows;
    const byCounts = this.colors.shownByCounts();
    if (byCounts !== null) {
      this.shown = { shown: byCounts, total, isExact: true };
      return;
    }
    const { shown, seen } = this.tiles?.countShown() ?? { shown: 0, seen: 0 };
    this.shown = { shown: seen > 0 ? Math.round((shown / seen) * total) : 0, total, isExact: seen === total };
  }

  cluster(ref: ClusterRef): Cluster | null {
    return this.colors.clusters.find((c) => c.layer === ref.layer && c.cluster_id === ref.cluster_id) ?? null;
  }

  clusterBounds(ref: ClusterRef): Bounds | null {
    const place = this.colors.clusters.findIndex((c) => c.layer === ref.layer && c.cluster_id === ref.cluster_id);
    const extent = this.extents[place];
    if (!extent) return null;
    const { x, y, radius } = extent;
    return { x0: x - 1.25 * radius, x1: x + 1.25 * radius, y0: y - 1.25 * radius, y1: y + 1.25 * radius };
  }

  /** Flies to a cluster; Esc goes back. */
  openCluster(ref: ClusterRef): void {
    const bounds = this.clusterBounds(ref);
    if (!bounds) return;
    this.#back.push(this.view.camera);
    this.focus = ref;
    this.view.flyToBounds(bounds);
  }

  /** Flies back to where one was before the last cluster. False: there is nowhere to go back to. */
  goBack(): boolean {
    const before = this.#back.pop();
    if (!before && !this.focus) return false;
    this.focus = null;
    this.view.flyTo(before ?? this.view.wholeMap());
    return true;
  }

  showWholeMap(): void {
    this.#back = [];
    this.focus = null;
    this.view.flyTo(this.view.wholeMap());
  }

  /** Opens a row in the reader and makes room for its point. */
  async openRow(rowId: number, at?: Place): Promise<void> {
    this.reading.hoverAt(null);
    const row = this.reading.pinRow(rowId);
    if (at) queueMicrotask(() => this.view.makeRoomFor(at));
    await row;
    const { pin } = this.reading;
    const [found] = placed(pin?.row ? [pin.row] : []);
    if (found && !at && pin?.rowId === rowId) this.view.makeRoomFor(found);
  }

  closeRow(): void {
    void this.reading.pinRow(null);
  }

  async runSearch(query: string): Promise<void> {
    await this.search.run(query);
    this.showResults();
  }

  async searchLike(rowId: number): Promise<void> {
    await this.search.like(rowId);
    this.showResults();
  }

  /** Flies to where the results are, if none of them is in sight. */
  showResults(): void {
    const first = placed(this.search.state.results.slice(0, 10));
    if (first.length === 0 || first.some((result) => this.view.isInTheOpen(result))) return;
    this.view.flyToBounds(boundsOf(first), this.view.camera.zoom);
  }

  /** Opens the next or the previous result; false where there is none. */
  step(by: 1 | -1): boolean {
    const result = this.search.move(by);
    if (result) void this.openRow(result.row_id, placed([result])[0]);
    return result !== null;
  }
}

function boundsOf(points: readonly Place[]): Bounds {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
}
