/** The row under the pointer: a grid over each tile's positions. */

const SIDE = 64;

/** Places of a tile's rows, sorted by the cell of a 64 × 64 grid they lie in. */
export interface PickGrid {
  /** Row places, cell by cell. */
  order: Uint32Array;
  /** Where each cell starts in `order`; one more than there are cells. */
  starts: Uint32Array;
}

/** `xy`: x then y of each row, in [0, 1]. */
export function buildPickGrid(xy: Float32Array): PickGrid {
  const n = xy.length / 2;
  const cells = new Uint16Array(n);
  const starts = new Uint32Array(SIDE * SIDE + 1);
  for (let i = 0; i < n; i++) {
    const cell = cellOf(xy[2 * i + 1]!) * SIDE + cellOf(xy[2 * i]!);
    cells[i] = cell;
    starts[cell + 1]!++;
  }
  for (let cell = 0; cell < SIDE * SIDE; cell++) starts[cell + 1]! += starts[cell]!;
  const next = starts.slice();
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[next[cells[i]!]!++] = i;
  return { order, starts };
}

function cellOf(value: number): number {
  return Math.min(SIDE - 1, Math.max(0, Math.floor(value * SIDE)));
}

export interface Hit {
  /** The row's place in its tile. */
  place: number;
  /** In the tile's units. */
  distance: number;
}

/** The row nearest to (x, y) within `radius`, in the tile's units, that `accepts` lets through; null if none. */
export function nearestRow(
  xy: Float32Array,
  grid: PickGrid,
  { x, y, radius, accepts }: { x: number; y: number; radius: number; accepts?: (place: number) => boolean },
): Hit | null {
  if (x < -radius || x > 1 + radius || y < -radius || y > 1 + radius) return null;
  let place = -1;
  let nearest = radius * radius;
  for (let row = cellOf(y - radius); row <= cellOf(y + radius); row++) {
    const first = grid.starts[row * SIDE + cellOf(x - radius)]!;
    const last = grid.starts[row * SIDE + cellOf(x + radius) + 1]!;
    for (let k = first; k < last; k++) {
      const i = grid.order[k]!;
      const distance = (xy[2 * i]! - x) ** 2 + (xy[2 * i + 1]! - y) ** 2;
      if (distance <= nearest && (!accepts || accepts(i))) [place, nearest] = [i, distance];
    }
  }
  return place < 0 ? null : { place, distance: Math.sqrt(nearest) };
}
