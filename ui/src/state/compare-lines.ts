/** Lines between the same rows on two maps, where both ends are in sight. */

import { type Place, placed } from "../core/camera";
import { type Rect, isInSight } from "../core/panes";
import type { Session } from "./session.svelte";

/** From a row on one layout to the same row on the other, CSS px from the window's top left. */
export interface RowLine {
  from: Place;
  to: Place;
  kind: "pinned" | "hovered" | "near";
}

interface Pane {
  session: Session;
  rect: Rect;
}

type At = { x: number | null; y: number | null } | null;

/** Of the open row and its neighbours, and of the hovered row. */
export function linesBetween(here: Pane, there: Pane): RowLine[] {
  const lines: RowLine[] = [];
  const add = (from: At, to: At, kind: RowLine["kind"]) => {
    const [a, b] = [placeIn(here, from), placeIn(there, to)];
    if (a && b) lines.push({ from: a, to: b, kind });
  };
  const [pin, pinThere] = [here.session.reading.pin, there.session.reading.pin];
  if (pin && pin.rowId === pinThere?.rowId) {
    const nearThere = new Map((pinThere.neighbors ?? []).map((row) => [row.row_id, row]));
    for (const near of pin.neighbors ?? []) add(near, nearThere.get(near.row_id) ?? null, "near");
    add(pin.row, pinThere.row, "pinned");
  }
  const [hover, hoverThere] = [here.session.reading.hover, there.session.reading.hover];
  if (hover) add(here.session.view.toMap(hover), there.session.pointedAt, "hovered");
  else if (hoverThere) add(here.session.pointedAt, there.session.view.toMap(hoverThere), "hovered");
  return lines;
}

/** A place of the map in the window; null where it is out of sight. */
function placeIn({ session: { view }, rect }: Pane, at: At): Place | null {
  const [place] = placed(at ? [at] : []);
  const { x, y } = place ? view.toScreen(place) : { x: NaN, y: NaN };
  return isInSight({ x, y }, view.size) ? { x: x + rect.left, y: y + rect.top } : null;
}
