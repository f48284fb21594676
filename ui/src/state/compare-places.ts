/** Where rows of one layout lie on another, and what is near them there. */

import { type Place, placed } from "../core/camera";
import type { MapSource } from "../data/source";
import type { Session } from "./session.svelte";

const MOST_PLACES = 2000;

interface Placeable {
  row_id: number;
  x: number | null;
  y: number | null;
}

export class RowPlaces {
  #known = new WeakMap<Session, Map<number, Place | null>>();

  /** The rows given, where they lie on the layout of `session`. */
  async on<T extends Placeable>(session: Session, rows: readonly T[]): Promise<T[]> {
    if (rows.length === 0) return [];
    const known = this.#known.get(session) ?? new Map<number, Place | null>();
    this.#known.set(session, known);
    const missing = rows.map((row) => row.row_id).filter((id) => !known.has(id));
    if (missing.length > 0) {
      // A row that cannot be placed is not marked; why the server does not answer is told elsewhere.
      const found = await placesIn(session.source, missing).catch(() => []);
      if (known.size > MOST_PLACES) known.clear();
      for (const row of found) known.set(row.row_id, placed([row])[0] ?? null);
    }
    return rows.map((row) => ({ ...row, x: known.get(row.row_id)?.x ?? null, y: known.get(row.row_id)?.y ?? null }));
  }
}

/** The further layout's source. What is near a row stays what the map's own layout has there: one sees where it went. */
export function besideSource(main: MapSource, name: string): MapSource {
  const source = main.layout!(name);
  source.neighbors = async (rowId, options) => {
    const near = await main.neighbors(rowId, options);
    const rows = await placesIn(source, near.map((row) => row.row_id), options?.signal);
    return near.map((row, place) => ({ ...row, x: rows[place]?.x ?? null, y: rows[place]?.y ?? null }));
  };
  return source;
}

async function placesIn(source: MapSource, ids: readonly number[], signal?: AbortSignal): Promise<Placeable[]> {
  if (ids.length === 0) return [];
  return source.places ? source.places(ids, signal) : source.rows(ids, { previews: true, ...(signal && { signal }) });
}
