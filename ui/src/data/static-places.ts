/** Where the rows of a published map lie on one layout: read by range, without their texts. */

import type { Files, PackInfo } from "./packed";

export interface RowPlace {
  x: number | null;
  y: number | null;
  /** In each layer, the finest first. */
  clusters: number[];
}

interface PlacesInfo extends PackInfo {
  n_rows: number;
  n_layers: number;
  rows_a_piece: number;
}

export class Places {
  #info: Promise<PlacesInfo> | null = null;

  /** `files`: of the layout. */
  constructor(private readonly files: Files) {}

  /** In the order asked. */
  async of(ids: readonly number[], signal?: AbortSignal): Promise<RowPlace[]> {
    this.#info ??= this.files.json<PlacesInfo>("places.json");
    this.#info.catch(() => (this.#info = null));
    const info = await this.#info;
    return Promise.all(ids.map((id) => this.#of(id, info, signal)));
  }

  async #of(id: number, info: PlacesInfo, signal?: AbortSignal): Promise<RowPlace> {
    const size = 4 * (2 + info.n_layers);
    const first = Math.floor(id / info.rows_a_piece) * info.rows_a_piece;
    const bytes = await this.files.piece(info, first * size, Math.min(info.rows_a_piece, info.n_rows - first) * size, signal);
    const view = new DataView(bytes.buffer, bytes.byteOffset + (id - first) * size, size);
    const [x, y] = [view.getFloat32(0, true), view.getFloat32(4, true)];
    const isPlaced = Number.isFinite(x) && Number.isFinite(y);
    const clusters = Array.from({ length: info.n_layers }, (_, layer) => view.getInt32(8 + 4 * layer, true));
    return { x: isPlaced ? x : null, y: isPlaced ? y : null, clusters };
  }
}
