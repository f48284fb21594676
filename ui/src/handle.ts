/**
 * `__portolan`, on the window or on a notebook's cell: what is drawn, for tests and scripts. Reading only; not for use by the page itself.
 */

import type { Rect } from "./core/panes";
import type { Stage } from "./render/stage.svelte";
import type { RowLine } from "./state/compare-lines";
import type { Session } from "./state/session.svelte";

export interface Handle {
  /** Rows handed to the graphics card in the last frame. */
  drawnRows: () => number;
  /** Rows that filters let through, as the page says. */
  shown: () => { shown: number; total: number; isExact: boolean };
  /** Something that a person did is not kept yet. */
  isUnsaved: () => boolean;
  camera: () => { x: number; y: number; zoom: number };
  /** Names on the screen: text, layer, opacity, box in CSS px. */
  names: () => {
    name: string;
    layer: number;
    cluster_id: number;
    opacity: number;
    left: number;
    top: number;
    right: number;
    bottom: number;
  }[];
  /** Place of a map position on the screen, CSS px. */
  toScreen: (x: number, y: number) => { x: number; y: number };
  /** The drawn row nearest to a place of the screen, within `radius` CSS px. */
  rowAt: (x: number, y: number, radius?: number) => { row_id: number; x: number; y: number } | null;
  /** Place of the row that one points at in a list, map units. */
  pointed: () => { x: number; y: number } | null;
  /** Mean colour of a block of (2 · reach + 1)² px. */
  colorAt: (x: number, y: number, reach?: number) => [number, number, number];
  /** Share of the canvas that points colour. */
  inkedShare: () => number;
  /** The page painted the points itself: no graphics card draws. */
  isPainting: () => boolean;
  /** How far what a graphics card draws lies from what is painted without one: levels of 0 … 255. */
  waysDiffer: () => { mean: number; most: number };
  /** Milliseconds one pick took, best of some. */
  pickMs: (x: number, y: number) => number;
  /** Milliseconds one frame took to draw, to the last pixel, best of some. */
  frameMs: () => number;
  /** Bytes of tiles kept. */
  tileBytes: () => number;
  pointLook: () => { diameter: number; opacity: number };
  isSettled: () => boolean;
  /** How often a frame had other colours or another filter than the one before. */
  changes: () => number;
  /** Resolves when what was drawn so far is drawn to its last pixel. */
  whenDrawn: () => Promise<void>;
  /** What the second pane shows; null while the map is alone. */
  compare: () => {
    name: string;
    phase: string;
    isSwapped: boolean;
    /** Rows drawn, share of the pane that they colour, rows that filters let through. */
    drawn: number;
    inked: number;
    shown: number;
    pinned: number | null;
    /** Lines between the same rows in both, CSS px of the window. */
    linked: RowLine[];
  } | null;
  /** Where a row of the drawn tiles lies in the window, CSS px. */
  placeIn: (pane: "main" | "beside", rowId: number) => [number, number] | null;
}

function compared({ compare }: Session): ReturnType<Handle["compare"]> {
  const { beside, name, isSwapped, stage, lines } = compare;
  if (!beside || name === null) return null;
  return {
    name,
    isSwapped,
    phase: beside.phase,
    drawn: stage?.nDrawn ?? 0,
    inked: stage?.inkedShare() ?? 0,
    shown: beside.shown.shown,
    pinned: beside.reading.pin?.rowId ?? null,
    linked: lines,
  };
}

function placeIn(session: Session, rect: Rect, rowId: number): [number, number] | null {
  for (const { entry, points } of session.tiles?.drawn() ?? []) {
    const place = points.rowIds.indexOf(rowId);
    if (place < 0) continue;
    const at = { x: entry.x + points.xy[2 * place]! * entry.size, y: entry.y + points.xy[2 * place + 1]! * entry.size };
    const { x, y } = session.view.toScreen(at);
    return [rect.left + x, rect.top + y];
  }
  return null;
}

export function createHandle(session: Session, stage: Stage): Handle {
  const { view } = session;
  const pick = (x: number, y: number, radius: number) => {
    const at = view.toMap({ x, y });
    return session.tiles?.pick(at.x, at.y, radius / view.scale) ?? null;
  };
  const best = (n: number, run: () => void) => {
    let least = Infinity;
    for (let i = 0; i < n; i++) {
      const before = performance.now();
      run();
      least = Math.min(least, performance.now() - before);
    }
    return least;
  };
  return {
    drawnRows: () => stage.nDrawn,
    shown: () => ({ ...session.shown }),
    isUnsaved: () => session.rowLabels.isUnsaved,
    camera: () => ({ ...view.camera }),
    names: () =>
      stage.names
        .visible()
        .map(({ box, ...name }) => ({ ...name, left: box.left, top: box.top, right: box.right, bottom: box.bottom })),
    toScreen: (x, y) => view.toScreen({ x, y }),
    rowAt: (x, y, radius = 9) => {
      const hit = pick(x, y, radius);
      return hit && { row_id: hit.rowId, ...view.toScreen(hit) };
    },
    pointed: () => session.pointedAt,
    colorAt: (x, y, reach) => stage.colorAt(x, y, reach),
    inkedShare: () => stage.inkedShare(),
    isPainting: () => stage.renderer?.isPainting ?? false,
    waysDiffer: () => stage.waysDiffer(),
    pickMs: (x, y) => best(20, () => void pick(x, y, 9)),
    // Reading a pixel waits for the graphics card.
    frameMs: () => best(8, () => void stage.colorAt(1, 1, 0)),
    tileBytes: () => session.tiles?.bytes ?? 0,
    pointLook: () => ({ ...stage.look }),
    compare: () => compared(session),
    placeIn(pane, rowId) {
      const { beside, mainRect, besideRect } = session.compare;
      if (pane === "main") return placeIn(session, mainRect, rowId);
      return beside && placeIn(beside, besideRect, rowId);
    },
    changes: () => stage.nChanges,
    whenDrawn: () => stage.whenDrawn(),
    isSettled: () => (session.tiles?.isSettled ?? false) && !session.filters.isAsking,
  };
}

declare global {
  interface Window {
    __portolan?: Handle;
  }
}
