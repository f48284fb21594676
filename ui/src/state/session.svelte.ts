/** All that the page knows and does, in one place. Panels show it; the stage draws it. */

import { type Bounds, type Place, placed } from "../core/camera";
import { landBounds } from "../core/density";
import { type Extent, ancestors, clusterExtents } from "../core/extents";
import { type FilterParts, writeExtra } from "../core/clauses";
import { rowNoun } from "../core/format";
import { EMPTY_LINK, type LinkState } from "../core/link";
import { type Look, USUAL_LOOK } from "../core/look";
import { filterWords } from "../core/told";
import { type Land, spotsOnLand } from "../core/anchors";
import { problemOf } from "../data/server";
import type { FilterAnswer, MapSource } from "../data/source";
import type { Cluster, MapInfo, Problem, Row, TileColumn, TileManifest } from "../data/types";
import { Answering } from "./answering";
import { Blurring } from "./blurring.svelte";
import { ColorState } from "./coloring.svelte";
import { Commands } from "./commands";
import { CompareState } from "./compare.svelte";
import { Conflicts } from "./conflicts.svelte";
import { DecisionConflicts } from "./decision-conflicts.svelte";
import type { Host } from "./host";
import { DrawingState } from "./drawing.svelte";
import { FilterState } from "./filtering.svelte";
import { CleanState } from "./cleaning.svelte";
import { Curation } from "./curation.svelte";
import { JobState } from "./jobs.svelte";
import { Labelling } from "./labelling.svelte";
import { LabelsState } from "./labels.svelte";
import { presentLink } from "./present";
import { ReadingState } from "./reading.svelte";
import { RowLabels } from "./row-labels.svelte";
import { ScoreState } from "./scoring.svelte";
import { SearchModel } from "./search.svelte";
import { TileStore } from "./tiles";
import type { ClusterRef, Phase, ShownCount } from "./types";
import { TableState } from "./table.svelte";
import { Team } from "./team.svelte";
import { Auditing } from "./auditing.svelte";
import { Teaching } from "./teaching.svelte";
import { ViewState } from "./view.svelte";
import { Walk } from "./walk.svelte";

const BUILDING_PAUSE_MS = 1000;
/** Where nobody looks no frame is drawn: what comes after the first goes on then. */
const LONGEST_FIRST_MS = 2000;
const MOST_SELECTED = 500;

/** A cluster of another layout, and the column here that says which rows are its. */
interface GuestCluster {
  ref: ClusterRef;
  column: TileColumn;
  lines: readonly Int32Array[];
}

export class Session {
  phase = $state<Phase>("loading");
  problem = $state.raw<Problem | null>(null);
  /** The server stopped answering while one was looking. */
  trouble = $state.raw<Problem | null>(null);
  /** A line for the person: what of a link could not be followed, or that a command was done. */
  notice = $state<string | null>(null);
  /** What can be done about the notice with these words. */
  noticeAction = $state.raw<{ text: string; label: string; run: () => void } | null>(null);
  info = $state.raw<MapInfo | null>(null);
  tiles = $state.raw<TileStore | null>(null);
  /** Extent of each cluster, in the order of `colors.clusters`. */
  extents = $state.raw<Extent[]>([]);
  /** Where the names of the coarsest clusters may stand, best first. */
  spots = $state.raw<ReadonlyMap<Cluster, Land>>(new Map());
  /** Lit while the pointer or the keyboard is on its name. */
  lit = $state.raw<ClusterRef | null>(null);
  /** A cluster of the other pane, lit where its rows lie here. */
  guest = $state.raw<GuestCluster | null>(null);
  /** A row that the pointer is on in a list: marked on the map. */
  pointedAt = $state.raw<{ x: number; y: number } | null>(null);
  /** The clusters have come (there may be none). */
  hasClusters = $state(false);
  /** What stands around the map is there. */
  hasPanels = $state(true);
  panelsCame: Promise<void> = Promise.resolve();
  #tellPanels: () => void = () => undefined;
  readonly clustersCame: Promise<void>;
  #tellClusters: () => void = () => undefined;
  /** The cluster that one flew to. */
  focus = $state.raw<ClusterRef | null>(null);
  /** Rows that a link marks. */
  selected = $state.raw<Row[]>([]);
  /** How the map is drawn to one's taste. */
  look = $state.raw<Look>(USUAL_LOOK);

  readonly view = new ViewState();
  readonly colors: ColorState = new ColorState(
    (slug) => this.filters.filterOf(slug),
    (slug) => this.filters.countsOf(slug),
  );
  readonly filters: FilterState;
  readonly drawing: DrawingState;
  /** A further layout beside this one. */
  readonly compare: CompareState = new CompareState(this, (source) => new Session(source, this.host));
  /** Everything that can be done, by name and key. */
  readonly commands = new Commands();
  readonly blurring: Blurring;
  readonly reading: ReadingState;
  readonly search: SearchModel;
  readonly table: TableState;
  readonly walk: Walk;
  readonly curation: Curation;
  readonly labels: LabelsState;
  readonly rowLabels: RowLabels;
  readonly labelling: Labelling;
  readonly team: Team;
  readonly teaching: Teaching;
  readonly cleaning: CleanState;
  readonly scoring: ScoreState;
  readonly auditing: Auditing;
  readonly conflicts: Conflicts;
  readonly decisionConflicts: DecisionConflicts;
  /** Set by the stage: draw again. */
  redraw: () => void = () => undefined;
  readonly #answering = new Answering(this);
  #selecting: readonly number[] = [];
  #back: { x: number; y: number; zoom: number }[] = [];

  #first: { map: Promise<MapInfo>; clusters: Promise<Cluster[]> } | null = null;

  constructor(
    readonly source: MapSource,
    readonly host: Host,
  ) {
    this.clustersCame = new Promise((resolve) => (this.#tellClusters = resolve));
    this.blurring = new Blurring(source);
    this.reading = new ReadingState(source);
    this.curation = new Curation(source.edits ?? null, this);
    this.labels = new LabelsState(source.edits?.labels ?? null, this);
    this.rowLabels = new RowLabels(source.edits?.labels ?? null, this.labels);
    this.labelling = new Labelling(source, this.labels, this.rowLabels);
    this.labels.onChanged = () => void this.rowLabels.forget([this.reading.pin?.rowId ?? -1].filter((id) => id >= 0));
    this.team = new Team(source.team ?? null);
    const mayTeach = () => this.team.refusal("labeller") === null;
    this.teaching = new Teaching(source.concepts ?? null, () => this.refresh(), mayTeach);
    const jobs = new JobState(source.cleaning ?? null);
    this.cleaning = new CleanState(source.cleaning ?? null, source, jobs, () => this.refresh());
    this.scoring = new ScoreState(source.cleaning ?? null, jobs, () => this.refresh());
    this.auditing = new Auditing(source.audit ?? null, jobs, () => this.refresh());
    const settled = async () => {
      await this.refresh();
      await this.labels.othersChanged();
    };
    this.conflicts = new Conflicts(source.team ?? null, settled);
    this.decisionConflicts = new DecisionConflicts(source.team ?? null, settled);
    this.search = new SearchModel(source, () => this.filters.where);
    this.table = new TableState(this, source);
    this.walk = new Walk(this);
    this.filters = new FilterState(source, this.colors);
    this.drawing = new DrawingState(this.view, this.filters, () => this.info?.layout ?? null);
  }

  /** Asks for what everything else waits for; call as early as can be. */
  prepare(): void {
    this.#first = { map: this.source.map(), clusters: this.source.clusters() };
    // Both are awaited in `start`; what fails before that is told there.
    this.#first.map.catch(() => undefined);
    this.#first.clusters.catch(() => undefined);
  }

  #tellShown: () => void = () => undefined;
  #isShown = new Promise<void>((resolve) => (this.#tellShown = resolve));

  /** Loads what the first frame needs; then the clusters. `onFrame`: the map's frame is known, look where one should. */
  async start(onFrame: () => Promise<void>): Promise<void> {
    try {
      if (!this.#first) this.prepare();
      const { map, clusters } = this.#first!;
      this.info = await this.#readable(map);
      await this.#openTiles(this.info);
      void onFrame();
      const found = await clusters;
      this.#setColors(found);
      // How far they reach, and all that is told of them, is not in the first frame.
      await Promise.race([this.#isShown, new Promise((resolve) => setTimeout(resolve, LONGEST_FIRST_MS))]);
      this.#setClusters(found);
      if (this.info.state === "building") void this.#follow();
    } catch (error) {
      this.problem = problemOf(error);
      this.phase = "error";
    }
  }

  async #openTiles({ layout, version }: MapInfo): Promise<void> {
    const manifest = await this.source.manifest(layout!, version);
    const tiles = new TileStore(this.source, manifest);
    tiles.onChange = () => this.#tilesChanged();
    tiles.onProblem = (error) => this.#met(error);
    this.view.root = tiles.root;
    this.#setColumns(manifest);
    const first = await tiles.loadRoot(this.neededColumns());
    if (first) this.#setLand(first.points.xy);
    this.tiles = tiles;
  }

  /** Takes what the map has by now; whoever has not chosen a colour gets the best there is. */
  #setColumns(manifest: TileManifest): void {
    const { colors } = this;
    const isChosen = colors.slug !== colors.defaultSlug();
    // Clusters of other layouts colour and light rows in a comparison; alone they say nothing.
    colors.columns = manifest.columns.filter((column) => column.of === undefined);
    colors.nRows = manifest.n_rows;
    if (!isChosen || !colors.column) colors.slug = colors.defaultSlug();
  }

  /** Takes what has changed: a person's edits of clusters, perhaps made elsewhere, or a map made anew. */
  async refresh(): Promise<void> {
    const info = await this.source.map();
    const before = this.info;
    if (info.version === before?.version) return;
    // A map that is being made anew is taken when it is whole.
    if (info.layout === null || (info.state === "building" && before?.state !== "building")) return;
    const { where, parts, column } = await this.#takeNews(info);
    this.info = info;
    this.filters.asOf = info.version;
    this.colors.slug = this.colors.columns.find(({ name }) => name === column?.name)?.slug ?? this.colors.defaultSlug();
    const isRelaid = before !== null && info.layout !== before.layout;
    const present = await this.#present(where, before?.layout ?? null);
    // Columns that changed are new files: what was chosen is found again by its name, unless it was changed meanwhile.
    if (this.filters.parts === parts) this.filters.readFrom(present.f ?? "");
    this.focus = present.cluster && this.cluster(present.cluster) ? present.cluster : null;
    if (isRelaid) await this.#readAgain(present.topic);
  }

  /** What was read of another layout: places, and the clusters of rows. */
  async #readAgain(topic: ClusterRef | null): Promise<void> {
    const pinned = this.reading.pin?.rowId ?? null;
    this.reading.forget();
    await Promise.all([
      this.curation.showAgain(topic),
      this.select(this.selected.map(({ row_id }) => row_id)),
      pinned === null ? null : this.reading.pinRow(pinned),
      this.search.again(),
    ]);
  }

  /** The filter and the topics one looks at, chosen on `layout`, as the map has them now. */
  async #present(where: string, layout: string | null): Promise<LinkState> {
    const chosen = { ...EMPTY_LINK, layout, f: where || null, cluster: this.focus, topic: this.curation.open?.ref ?? null };
    const present = await presentLink(chosen, this.info?.layout ?? null, this.source);
    if (!present) this.tell("The map was made anew: the topics that were filtered by or open cannot be found again.");
    return present ?? { ...chosen, f: null, cluster: null, topic: null };
  }

  /** Says a line to the person, with something to do about it. */
  tell(text: string, action?: { label: string; run: () => void }): void {
    this.notice = text;
    this.noticeAction = action ? { text, ...action } : null;
  }

  /** Looks whether others changed the map: another tab, the command line, code. */
  async lookAgain(): Promise<void> {
    const { version, state } = this.info ?? {};
    if (!this.hasClusters || state === "building" || this.curation.isBusy) return;
    const lastEvent = this.team.lastEvent;
    const now = await this.#answering.to(this.team.look());
    // Who labels row after row is told what others do; the map follows when they have done.
    if (this.labelling.run) return;
    if (now === null || now !== version) await this.refresh();
    const isTaken = this.info?.version !== version;
    // What is told of a map that is being made anew waits for the map.
    if (!isTaken && (now !== version || this.team.lastEvent === lastEvent)) return;
    await Promise.all([this.curation.othersChanged(), this.labels.othersChanged()]);
  }

  /** While the map is being made: takes columns, clusters and search as they are finished. */
  async #follow(): Promise<void> {
    while (this.info?.state === "building") {
      await new Promise((resolve) => setTimeout(resolve, BUILDING_PAUSE_MS));
      try {
        await this.#answering.to(this.#grow());
      } catch {
        // It is asked again, and told of if that fails once more.
      }
    }
  }

  async #grow(): Promise<void> {
    const info = await this.source.map();
    if (info.version !== this.info?.version) await this.#takeNews(info);
    this.info = info;
  }

  /** Takes what the map has by now; gives what was chosen in terms of the columns before. */
  async #takeNews(info: MapInfo): Promise<{ where: string; parts: FilterParts; column: TileColumn | null }> {
    const now = () => ({ where: this.filters.where, parts: this.filters.parts, column: this.colors.column });
    let before = now();
    if (info.layout === null) return before;
    if (info.layout !== this.info?.layout) {
      await this.#openTiles(info);
      this.view.showWhole({ isAtOnce: true });
    } else {
      const manifest = await this.source.manifest(info.layout, info.version);
      before = now();
      if (this.tiles) this.tiles.manifest = manifest;
      this.#setColumns(manifest);
      await this.tiles?.loadRootCodes(this.neededColumns());
    }
    this.#setClusters(await this.source.clusters());
    return before;
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

  /** The first frame is on the screen. */
  tellFirst(): void {
    this.phase = "first-frame";
    this.#tellShown();
  }

  /** What stands around the map comes later than the map. */
  expectPanels(): void {
    this.hasPanels = false;
    this.panelsCame = new Promise((resolve) => (this.#tellPanels = resolve));
  }

  /** What stands around the map is there now. */
  tellPanels(): void {
    this.hasPanels = true;
    this.#tellPanels();
  }

  #setColors(clusters: Cluster[]): void {
    if (this.colors.clusters === clusters) return;
    this.colors.clusters = clusters;
    this.colors.lines = ancestors(clusters);
    this.redraw();
  }

  #setClusters(clusters: Cluster[]): void {
    this.#setColors(clusters);
    this.hasClusters = true;
    this.#measureClusters();
    this.#tellClusters();
    this.redraw();
  }

  #tilesChanged(): void {
    this.trouble = null;
    if (this.extents.length === 0 && this.hasClusters) this.#measureClusters();
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
    const { clusters, lines } = this.colors;
    const nRows = tiles.manifest.n_rows;
    const extents = clusterExtents(clusters, { xy, finest: codes, lines, rootSize: size, nRows });
    this.spots = this.#spots(extents, xy, codes);
    this.extents = extents;
  }

  #spots(extents: readonly Extent[], xy: Float64Array, codes: ArrayLike<number>): Map<Cluster, Land> {
    const { clusters, lines } = this.colors;
    const layer = lines.length - 1;
    const coarse = clusters.flatMap((cluster, place) => (cluster.layer === layer ? [{ cluster, at: extents[place]! }] : []));
    const placeOf = new Map(coarse.map(({ cluster }, place) => [cluster.cluster_id, place]));
    const owner = Int32Array.from(codes, (code) => placeOf.get(lines[layer]?.[code] ?? -1) ?? -1);
    const spots = spotsOnLand(coarse.map(({ at }) => at), { xy, owner, root: this.view.root });
    return new Map(coarse.map(({ cluster }, place) => [cluster, spots[place]!]));
  }

  #met(error: unknown): void {
    this.trouble = problemOf(error);
  }

  /** Columns whose codes the map needs now. */
  neededColumns(): TileColumn[] {
    const columns = [this.colors.finest, this.colors.coloring.column, this.guest?.column ?? null];
    return [...new Set(columns.filter((column) => column !== null))];
  }

  /** Call when the filter's answer changes. */
  applyFilter(): void {
    this.tiles?.setFilter(this.filters.answer);
  }

  /** Rows that the filter keeps. */
  get shown(): ShownCount {
    return { shown: this.filters.nShown, total: this.colors.nRows, isExact: true };
  }

  /** How many rows that the filter keeps lie within a polygon, and how many of each value of columns. */
  rowsWithin(polygon: readonly Place[], slugs: string[]): Promise<FilterAnswer> {
    const area = writeExtra({ kind: "area", layout: this.info?.layout ?? "", polygon, isNot: false });
    const clauses = [{ key: "filter", where: this.filters.where }, { key: "area", where: area }];
    return this.source.filter({ clauses: clauses.filter(({ where }) => where !== ""), join: "and", facets: slugs, codes: [] });
  }

  /** The filter in words; "" where there is none. */
  get filterWords(): string {
    const clusterName = (layer: number, cluster_id: number) => this.cluster({ layer, cluster_id })?.name ?? "";
    return filterWords(this.filters.parts, { columns: this.filters.filterColumns, clusterName, noun: rowNoun(this.info?.kind ?? "text") });
  }

  /** Rows of a cluster that meet the filter; null: all of them do. */
  countOfCluster(ref: ClusterRef): number | null {
    const column = this.colors.columns.find(({ kind, layer }) => kind === "cluster" && layer === ref.layer);
    return column ? (this.filters.countsOf(column.slug)?.[ref.cluster_id] ?? null) : null;
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

  /** Flies to a cluster, and once more on the one that one is at: opens all about it. */
  openCluster(ref: ClusterRef): void {
    const bounds = this.clusterBounds(ref);
    if (!bounds) return;
    const isHere = this.#isAt(ref);
    if (isHere || this.curation.open) void this.curation.show(ref);
    // Once the panel is there: what it covers is known then.
    if (isHere) requestAnimationFrame(() => requestAnimationFrame(() => this.view.flyToBounds(bounds)));
    else this.flyToCluster(ref);
  }

  /** Flies to a cluster; Esc goes back. */
  flyToCluster(ref: ClusterRef): void {
    const bounds = this.clusterBounds(ref);
    if (!bounds) return;
    if (!this.#isAt(ref)) this.#back.push(this.view.camera);
    this.focus = ref;
    this.view.flyToBounds(bounds);
  }

  #isAt(ref: ClusterRef): boolean {
    return this.focus?.layer === ref.layer && this.focus.cluster_id === ref.cluster_id;
  }

  /** Flies back to where one was before the last cluster. False: there is nowhere to go back to. */
  goBack(): boolean {
    const before = this.#back.pop();
    if (!before && !this.focus) return false;
    this.focus = null;
    if (before) this.view.flyTo(before);
    else this.view.showWhole();
    return true;
  }

  showWholeMap(): void {
    this.#back = [];
    this.focus = null;
    this.view.showWhole();
  }

  /** Marks rows; those that the map does not have are passed over. */
  async select(rowIds: readonly number[]): Promise<void> {
    const asked = rowIds.slice(0, MOST_SELECTED);
    this.#selecting = asked;
    // One row that is gone makes the whole question fail: then each is asked for by itself.
    const rows = asked.length === 0 ? [] : await this.source.rows(asked, { previews: true }).catch(() => this.#oneByOne(asked));
    // The last that was asked for, whichever answer comes last.
    if (this.#selecting === asked) this.selected = rows;
  }

  async #oneByOne(rowIds: readonly number[]): Promise<Row[]> {
    const found = await Promise.allSettled(rowIds.map((id) => this.source.rows([id], { previews: true })));
    return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  }

  /** Flies to the marked rows. */
  showSelected(): void {
    const rows = placed(this.selected);
    if (rows.length > 0) this.view.flyToBounds(boundsOf(rows), this.view.wholeMap().zoom + 4);
  }

  /** Opens a row in the reader and makes room for its point. */
  async openRow(rowId: number, at?: Place): Promise<void> {
    this.walk.opened(rowId);
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
}

function boundsOf(points: readonly Place[]): Bounds {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
}
