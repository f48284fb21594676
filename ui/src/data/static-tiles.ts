/** One layout of a published map: its tiles, its topics, and where its rows lie. */

import { placed } from "../core/camera";
import type { Files } from "./packed";
import type { Abilities } from "./source";
import { Places } from "./static-places";
import type { Cluster, Codes, MapInfo, TileColumn, TileManifest, TileNode, TilePoints } from "./types";

export class StaticTiles {
  readonly abilities: Abilities = { expressions: false, meaning: false, edits: false };
  protected readonly rowPlaces: Places;
  #manifest: TileManifest | null = null;
  #clusters: Promise<Cluster[]> | null = null;

  /** `files`: of the layout. */
  constructor(protected readonly files: Files) {
    this.rowPlaces = new Places(files);
  }

  map(signal?: AbortSignal): Promise<MapInfo> {
    return this.files.json("map.json", signal);
  }

  /** The manifest, once it is known. */
  async index(): Promise<TileManifest> {
    return this.#manifest ?? this.manifest((await this.map()).layout ?? "", "");
  }

  async manifest(layout: string, _version: string, signal?: AbortSignal): Promise<TileManifest> {
    this.#manifest = await this.files.json<TileManifest>(`tiles/${encodeURIComponent(layout)}/tiles.json`, signal);
    return this.#manifest;
  }

  clusters(): Promise<Cluster[]> {
    return (this.#clusters ??= this.files.json<Cluster[]>("clusters.json").then(placed));
  }

  async points(node: TileNode, signal?: AbortSignal): Promise<TilePoints> {
    const [xy, rowIds] = await Promise.all([this.#tile(node, "xy", signal), this.#tile(node, "row_id", signal)]);
    return { xy: new Float32Array(xy), rowIds: new Uint32Array(rowIds) };
  }

  async codes(node: TileNode, column: TileColumn, signal?: AbortSignal): Promise<Codes> {
    return codesIn(await this.#tile(node, column.slug, signal), column);
  }

  async places(ids: readonly number[], signal?: AbortSignal): Promise<{ row_id: number; x: number | null; y: number | null }[]> {
    return (await this.rowPlaces.of(ids, signal)).map(({ x, y }, i) => ({ row_id: ids[i]!, x, y }));
  }

  #tile(node: TileNode, file: string, signal?: AbortSignal): Promise<ArrayBuffer> {
    const layout = encodeURIComponent(this.#manifest?.layout ?? "");
    return this.files.bytes(`tiles/${layout}/${node.key}/${encodeURIComponent(file)}.bin`, signal);
  }
}

export function codesIn(bytes: ArrayBuffer, { encoding }: TileColumn): Codes {
  if (encoding === "u8") return new Uint8Array(bytes);
  return encoding === "u16" ? new Uint16Array(bytes) : new Uint32Array(bytes);
}
