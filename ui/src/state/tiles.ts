/** The tiles in memory: loads what the view needs, keeps what was used last, finds the row under the pointer. */

import { type Camera, type Size, type Square } from "../core/camera";
import { HIDDEN, flagsOf, hasAny } from "../core/filter";
import { LruBytes } from "../core/lru";
import { type PickGrid, buildPickGrid, nearestRow } from "../core/pick";
import { type Budget, type TreeNode, buildTree, selectNodes } from "../core/quadtree";
import { LoadQueue } from "../core/schedule";
import { isAbort, isUnanswered, problemOf } from "../data/server";
import type { FilterAnswer, MapSource } from "../data/source";
import type { Codes, TileColumn, TileManifest, TileNode, TilePoints } from "../data/types";

export interface LoadedTile {
  entry: TreeNode<TileNode>;
  points: TilePoints;
  grid: PickGrid;
  codes: Map<string, Codes>;
  /** HIDDEN for rows that a filter shuts out; null: all are shown. */
  flags: Uint8Array<ArrayBuffer> | null;
  nShown: number;
  /** The filter that the flags are of. */
  filter: FilterAnswer | null;
}

export interface Picked {
  rowId: number;
  x: number;
  y: number;
  /** In map units. */
  distance: number;
  tile: LoadedTile;
  place: number;
}

const MAX_BYTES = 200e6;
const PREFETCH_MARGIN = 0.5;

/** Most rows drawn at once, and how much room each wants. */
export const BUDGET: Budget = { maxRows: 420_000, pxPerRow: 4 };

export class TileStore {
  readonly tree: TreeNode<TileNode> | null;
  readonly root: Square;
  manifest: TileManifest;
  budget = BUDGET;
  onChange: () => void = () => undefined;
  onDrop: (tile: LoadedTile) => void = () => undefined;
  onProblem: (error: unknown) => void = () => undefined;

  #tiles: LruBytes<LoadedTile>;
  #queue = new LoadQueue();
  #chosen: TreeNode<TileNode>[] = [];
  /** Those of the view, and those around it. */
  #wanted: TreeNode<TileNode>[] = [];
  #columns: TileColumn[] = [];
  #filter: FilterAnswer | null = null;
  /** The first rows that a filter keeps, as a tile of their own: a few rows are seen however far away one is. */
  #kept: LoadedTile | null = null;
  /** Rows before this place in tile order are in `#kept`, where the filter keeps them. */
  #keptUntil = 0;
  #failed = new Map<string, number>();
  #isUnanswered = false;

  constructor(
    private readonly source: MapSource,
    manifest: TileManifest,
  ) {
    this.manifest = manifest;
    this.root = { x: manifest.x, y: manifest.y, size: manifest.size };
    this.tree = buildTree(manifest.nodes, this.root);
    this.#tiles = new LruBytes(MAX_BYTES, (tile) => this.onDrop(tile));
  }

  /** Loads the first tile, a fair sample of all rows, which everything else begins with. */
  async loadRoot(columns: readonly TileColumn[]): Promise<LoadedTile | null> {
    if (!this.tree) return null;
    this.#columns = [...columns];
    const key = this.tree.node.key;
    await this.#load(key, this.tree, { tile: undefined, missing: columns, signal: new AbortController().signal });
    return this.#tiles.peek(key) ?? null;
  }

  /** Loads codes of the first tile that have become needed. */
  async loadRootCodes(columns: readonly TileColumn[]): Promise<void> {
    const tile = this.tree && this.#tiles.peek(this.tree.node.key);
    const missing = columns.filter((column) => !tile?.codes.has(column.slug));
    if (!this.tree || !tile || missing.length === 0) return;
    await this.#load(this.tree.node.key, this.tree, { tile, missing, signal: new AbortController().signal });
  }

  /** Chooses the tiles that `view` needs, drops stale requests and asks for what is missing. */
  update(view: { camera: Camera; size: Size }, columns: readonly TileColumn[]): void {
    if (!this.tree) return;
    const at = { ...view, root: this.root };
    this.#columns = [...columns];
    this.#chosen = selectNodes(this.tree, at, this.budget).filter((entry) => this.#adds(entry));
    const ring = selectNodes(this.tree, at, this.budget, PREFETCH_MARGIN).filter((entry) => this.#adds(entry));
    const needed = new Set(ring.map((entry) => entry.node.key));
    this.#tiles.trim((key) => needed.has(key));
    this.#wanted = [...new Set([...this.#chosen, ...ring])];
    this.#queue.want(this.#jobs(this.#wanted));
  }

  #jobs(entries: readonly TreeNode<TileNode>[]): { key: string; run: (signal: AbortSignal) => Promise<void> }[] {
    const jobs = [];
    for (const entry of entries) {
      const tile = this.#tiles.get(entry.node.key);
      const missing = this.#missing(tile);
      if (tile && missing.length === 0) continue;
      const key = jobKey(entry, missing);
      if ((this.#failed.get(key) ?? 0) >= 3) continue;
      jobs.push({ key, run: (signal: AbortSignal) => this.#load(key, entry, { tile, missing, signal }) });
    }
    return jobs;
  }

  async #load(
    key: string,
    entry: TreeNode<TileNode>,
    { tile, missing, signal }: { tile: LoadedTile | undefined; missing: readonly TileColumn[]; signal: AbortSignal },
  ): Promise<void> {
    try {
      const [points, ...codes] = await Promise.all([
        tile?.points ?? this.source.points(entry.node, signal),
        ...missing.map((column) => this.source.codes(entry.node, column, signal)),
      ]);
      const loaded: LoadedTile = tile ?? {
        entry,
        points,
        grid: buildPickGrid(points.xy),
        codes: new Map(),
        flags: null,
        nShown: entry.node.count,
        filter: null,
      };
      missing.forEach((column, place) => loaded.codes.set(column.slug, codes[place]!));
      this.#tiles.set(entry.node.key, loaded, bytesOf(loaded));
      // Codes alone change nothing until all tiles have them.
      if (!tile || !missing.some(({ slug }) => this.awaits(slug))) this.onChange();
    } catch (error) {
      if (isAbort(error)) return;
      this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1);
      this.#isUnanswered ||= isUnanswered(problemOf(error));
      this.onChange();
      this.onProblem(error);
    }
  }

  /** Some tiles are missing because nobody answered. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /** Asks again for tiles that did not come. */
  again(): void {
    this.#isUnanswered = false;
    this.#failed.clear();
    this.#queue.want(this.#jobs(this.#wanted));
  }

  /** Whether codes of a column are on their way to a tile that is drawn. */
  awaits(slug: string): boolean {
    return this.#chosen.some((entry) => {
      const tile = this.#tiles.peek(entry.node.key);
      return tile !== undefined && !tile.codes.has(slug) && !this.#failed.has(jobKey(entry, this.#missing(tile)));
    });
  }

  #missing(tile: LoadedTile | undefined): TileColumn[] {
    return this.#columns.filter((column) => !tile?.codes.has(column.slug));
  }

  /** Tiles to draw now, coarse ones first. */
  drawn(): LoadedTile[] {
    const tiles = this.#chosen.flatMap((entry) => this.#tiles.peek(entry.node.key) ?? []);
    for (const tile of tiles) this.#flag(tile);
    return this.#kept ? [...tiles, this.#kept] : tiles;
  }

  /** The rows that came with the filter. */
  get kept(): LoadedTile | null {
    return this.#kept;
  }

  /** True when every tile the view wants is here. */
  get isSettled(): boolean {
    return this.#chosen.every((entry) => {
      const tile = this.#tiles.peek(entry.node.key);
      return tile !== undefined && this.#columns.every((column) => tile.codes.has(column.slug));
    });
  }

  get bytes(): number {
    return this.#tiles.bytes;
  }

  tile(key: string): LoadedTile | undefined {
    return this.#tiles.peek(key);
  }

  /** Places of a fair sample of the rows shown, relative to the root square; null until the first tile is here. */
  get sampleXy(): Float32Array | null {
    return (this.#kept ?? (this.tree && this.tile(this.tree.node.key)))?.points.xy ?? null;
  }

  /** Shows what a filter keeps; null: every row. */
  setFilter(filter: FilterAnswer | null): void {
    if (this.#kept) this.onDrop(this.#kept);
    this.#filter = filter?.mask ? filter : null;
    this.#kept = this.#filter && this.tree && keptTile(this.#filter, this.tree);
    const { nShown = 0, sample } = this.#filter ?? {};
    const isAll = sample?.places.length === nShown;
    this.#keptUntil = !sample ? 0 : isAll ? this.manifest.n_rows : sample.places[sample.places.length - 1]! + 1;
    this.onChange();
  }

  /** Whether a node has rows to show that are not shown already. */
  #adds({ node }: TreeNode<TileNode>): boolean {
    const mask = this.#filter?.mask;
    return !mask || hasAny(mask, Math.max(node.start, this.#keptUntil), node.start + node.count);
  }

  #flag(tile: LoadedTile): void {
    if (tile.filter === this.#filter) return;
    const { start, count } = tile.entry.node;
    const mask = this.#filter?.mask;
    tile.filter = this.#filter;
    Object.assign(tile, mask ? flagsOf(mask, { start, count, from: this.#keptUntil }) : { flags: null, nShown: count });
  }

  /** The drawn row nearest to (x, y) within `radius`, all in map units. */
  pick(x: number, y: number, radius: number): Picked | null {
    let best: Picked | null = null;
    for (const tile of this.drawn()) {
      const { x: left, y: bottom, size } = tile.entry;
      const { flags } = tile;
      const hit = nearestRow(tile.points.xy, tile.grid, {
        x: (x - left) / size,
        y: (y - bottom) / size,
        radius: Math.min(radius, best?.distance ?? radius) / size,
        ...(flags && { accepts: (place: number) => !(flags[place]! & HIDDEN) }),
      });
      if (!hit || hit.distance * size > (best?.distance ?? Infinity)) continue;
      best = {
        rowId: tile.points.rowIds[hit.place]!,
        x: left + tile.points.xy[2 * hit.place]! * size,
        y: bottom + tile.points.xy[2 * hit.place + 1]! * size,
        distance: hit.distance * size,
        tile,
        place: hit.place,
      };
    }
    return best;
  }
}

function jobKey({ node }: TreeNode<TileNode>, missing: readonly TileColumn[]): string {
  return `${node.key} ${missing.map(({ slug }) => slug).join(" ")}`;
}

/** The rows that came with a filter, as a tile that covers the map. */
function keptTile(filter: FilterAnswer, root: TreeNode<TileNode>): LoadedTile {
  const { xy, rowIds, codes } = filter.sample;
  const relative = xy.map((value, i) => (value - (i % 2 === 0 ? root.x : root.y)) / root.size);
  return {
    entry: { ...root, node: { key: "kept", start: 0, count: rowIds.length }, children: [], total: rowIds.length },
    points: { xy: relative, rowIds },
    grid: buildPickGrid(relative),
    codes,
    flags: null,
    nShown: rowIds.length,
    filter,
  };
}

function bytesOf(tile: LoadedTile): number {
  const codes = [...tile.codes.values()].reduce((sum, column) => sum + column.byteLength, 0);
  // Positions and codes lie in the graphics memory as well.
  return 2 * (tile.points.xy.byteLength + codes) + 9 * tile.points.rowIds.length + tile.grid.starts.byteLength;
}
