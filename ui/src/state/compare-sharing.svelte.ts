/** What one does on one of two maps is seen on the other: effects that run while they stand side by side. */

import { untrack } from "svelte";
import { placed } from "../core/camera";
import type { Neighbor } from "../data/types";
import type { CompareColors } from "./compare-colors";
import type { RowPlaces } from "./compare-places";
import type { Session } from "./session.svelte";

interface Shared {
  main: Session;
  beside: Session;
  colors: CompareColors;
  places: RowPlaces;
}

/** Call within an effect's root. */
export function shareAll({ main, beside, colors, places }: Shared): void {
  beside.drawing.lead = main.drawing;
  $effect(() => {
    beside.look = main.look;
    const { ground, palette, ramp } = main.colors;
    Object.assign(beside.colors, { ground, palette, ramp });
  });
  $effect(() => colors.share(beside));
  for (const [here, there] of [[main, beside], [beside, main]] as const) {
    $effect(() => shareHover(here, there, places));
    $effect(() => {
      const ref = here.lit ?? (there.focus ? null : here.focus);
      const column = colors.guests(there, here);
      there.guest = ref && column && { ref, column, lines: here.colors.lines };
    });
  }
  sharePin(main, beside);
  $effect(() => {
    beside.filters.lent = { clauses: main.filters.clauses, join: main.filters.parts.join };
  });
  $effect(() => void beside.select(main.selected.map((row) => row.row_id)));
  $effect(() => {
    const { state } = main.search;
    void places.on(beside, state.results).then((results) => {
      if (main.search.state === state) beside.search.state = { ...state, results };
    });
  });
}

function shareHover(here: Session, there: Session, places: RowPlaces): void {
  const { hover, hoverNeighbors } = here.reading;
  if (!hover) {
    there.pointedAt = null;
    if (!there.reading.hover && there.reading.hoverNeighbors.length > 0) there.reading.hoverNeighbors = [];
    return;
  }
  const { rowId } = hover;
  const isStill = () => here.reading.hover?.rowId === rowId;
  void places.on(there, [{ row_id: rowId, x: null, y: null }]).then(([row]) => {
    if (isStill()) there.pointedAt = placed(row ? [row] : [])[0] ?? null;
  });
  void places.on(there, hoverNeighbors).then((near) => {
    if (isStill()) there.reading.hoverNeighbors = near as Neighbor[];
  });
}

function sharePin(main: Session, beside: Session): void {
  $effect(() => {
    const rowId = main.reading.pin?.rowId ?? null;
    // A pane without tiles cannot bring a row into sight.
    if (beside.phase === "loading") return;
    untrack(() => {
      if (rowId === (beside.reading.pin?.rowId ?? null)) return;
      if (rowId === null) beside.closeRow();
      else void beside.openRow(rowId);
    });
  });
  $effect(() => {
    const rowId = beside.reading.pin?.rowId ?? null;
    untrack(() => {
      if (rowId !== null && rowId !== main.reading.pin?.rowId) void main.openRow(rowId);
    });
  });
}
