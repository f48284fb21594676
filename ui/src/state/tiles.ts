/** The tiles in memory: loads what the view needs, keeps what was used last, finds the row under the pointer. */

import { type Camera, type Size, type Square } from "../core/camera";
import { type ColumnFilter, HIDDEN, isFiltering, rowFlags } from "../core/filter";
import { LruBytes } from "../core/lru";
import { type PickGrid, buildPickGrid, nearestRow } from "../core/pick";
import { type Budget, type TreeNode, buildTree, selectNodes } from "../core/quadtree";
import { LoadQueue } from "../core/schedule";
import { isAbort } from "../data/server";
import type { MapSource } from "../data/source";
import type { Codes, TileColumn, TileManifest, TileNode, TilePoints } from "../data/types";

export interface LoadedTile {
  entry: TreeNode<TileNode>;
  points: TilePoints;
  grid: PickGrid;
  codes: Map<string, Codes>;
  flags: Uint8Array<ArrayBuffer> | null;
  nShown: number;
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
  #columns: TileColumn[] = [];
  #filters: ColumnFilter[] = [];
  /** Finest cluster -> cluster of each layer, to filter by any layer. */
  #lines: readonly Int32Array[] = [];
  #failed = new Map<string, number>();

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

  /** Chooses the tiles that `view` needs, drops stale requests and asks for what is missing. */
  update(view: { camera: Camera; size: Size }, columns: readonly TileColumn[]): void {
    if (!this.tree) return;
    const at = { ...view, root: this.root };
    this.#columns = [...columns];
    this.#chosen = selectNodes(this.tree, at, this.budget);
    const ring = selectNodes(this.tree, at, this.budget, PREFETCH_MARGIN);
    const needed = new Set(ring.map((entry) => entry.node.key));
    this.#tiles.trim((key) => needed.has(key));
    this.#queue.want(this.#jobs([...new Set([...this.#chosen, ...ring])]));
  }

  #jobs(entries: readonly TreeNode<TileNode>[]): { key: string; run: (signal: AbortSignal) => Promise<void> }[] {
    const jobs = [];
    for (const entry of entries) {
      const tile = this.#tiles.get(entry.node.key);
      const missing = this.#columns.filter((column) => !tile?.codes.has(column.slug));
      if (tile && missing.length === 0) continue;
      const key = `${entry.node.key} ${missing.map((column) => column.slug).join(" ")}`;
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
      };
      missing.forEach((column, place) => loaded.codes.set(column.slug, codes[place]!));
      this.#flag(loaded);
      this.#tiles.set(entry.node.key, loaded, bytesOf(loaded));
      this.onChange();
    } catch (error) {
      if (isAbort(error)) return;
      this.#failed.set(key, (this.#failed.get(key) ?? 0) + 1);
      this.onProblem(error);
    }
  }

  /** Tiles to draw now, coarse ones first. */
  drawn(): LoadedTile[] {
    return this.#chosen.flatMap((entry) => this.#tiles.peek(entry.node.key) ?? []);
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

  setLines(lines: readonly Int32Array[]): void {
    this.#lines = lines;
  }

  setFilters(filters: readonly ColumnFilter[]): void {
    this.#filters = filters.filter(isFiltering);
    for (const tile of this.#tiles.values()) this.#flag(tile);
    this.onChange();
  }

  /** Columns whose codes the filters read. */
  filterColumns(): TileColumn[] {
    return this.#filters.flatMap((filter) => this.#stored(filter.slug) ?? []);
  }

  /** The column as it is stored: every cluster layer is read through the finest. */
  #stored(slug: string): TileColumn | undefined {
    const column = this.manifest.columns.find((candidate) => candidate.slug === slug);
    return column?.kind === "cluster"
      ? this.manifest.columns.find((candidate) => candidate.kind === "cluster" && candidate.layer === 0)
      : column;
  }

  #flag(tile: LoadedTile): void {
    const n = tile.points.rowIds.length;
    if (this.#filters.length === 0) {
      tile.flags = null;
      tile.nShown = n;
      return;
    }
    const codes = this.#filters.map((filter) => this.#codesFor(tile, filter.slug));
    const { flags, nShown } = rowFlags(n, this.#filters, codes);
    tile.flags = flags;
    tile.nShown = nShown;
  }

  #codesFor(tile: LoadedTile, slug: string): ArrayLike<number> | undefined {
    const column = this.manifest.columns.find((candidate) => candidate.slug === slug);
    const stored = this.#stored(slug);
    const codes = stored && tile.codes.get(stored.slug);
    if (!codes || !column || column.kind !== "cluster" || !column.layer) return codes;
    const line = this.#lines[column.layer];
    return line && Int32Array.from(codes, (code) => line[code] ?? column.missing);
  }

  /** Rows that filters let through among those in memory, and how many rows those are of. */
  countShown(): { shown: number; seen: number } {
    let [shown, seen] = [0, 0];
    for (const tile of this.#tiles.values()) {
      shown += tile.nShown;
      seen += tile.points.rowIds.length;
    }
    return { shown, seen };
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

function bytesOf(tile: LoadedTile): number {
  const codes = [...tile.codes.values()].reduce((sum, column) => sum + column.byteLength, 0);
  // Positions and codes lie in the graphics memory as well.
  return 2 * (tile.points.xy.byteLength + codes) + 9 * tile.points.rowIds.length + tile.grid.starts.byteLength;
}
