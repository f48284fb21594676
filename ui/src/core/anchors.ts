/** Where the names of the coarsest clusters stand: on their land, all of them in sight when one sees the whole map. */

export interface Spot {
  x: number;
  y: number;
}

export interface Box {
  width: number;
  height: number;
}

/** One name: the places it may stand on, best first (px), and the sizes it may have, best first. */
export interface Wish {
  spots: readonly Spot[];
  /** As many of the spots lie on the cluster's own land; the others are for when nothing else is left. */
  nOwn: number;
  sizes: readonly Box[];
}

/** Where on the map a cluster's name may stand. */
export type Land = Pick<Wish, "spots" | "nOwn">;

/** Which spot and which size a name got. */
export interface Place {
  spot: number;
  size: number;
}

export interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const ROUNDS = 24;

/**
 * A place for each name, or null where there is none left; no two of them overlap, all lie in the frame.
 *
 * Names choose in turn. Whoever found no place chooses first in the next round; the round that places most is taken.
 */
export function placeNames(wishes: readonly Wish[], frame: Frame): (Place | null)[] {
  let order = [...wishes.keys()];
  let best: (Place | null)[] = wishes.map(() => null);
  let most = -1;
  for (let round = 0; round < ROUNDS && most < wishes.length; round++) {
    const places = placeInTurn(wishes, order, frame);
    const n = places.filter((place) => place !== null).length;
    if (n > most) [best, most] = [places, n];
    order = [...order.filter((name) => !places[name]), ...order.filter((name) => places[name])];
  }
  return best;
}

function placeInTurn(wishes: readonly Wish[], order: readonly number[], frame: Frame): (Place | null)[] {
  const taken: Frame[] = [];
  const places: (Place | null)[] = wishes.map(() => null);
  for (const name of order) {
    const found = attempts(wishes[name]!).find(({ spot, size }) => {
      const box = boxAt(wishes[name]!.spots[spot]!, wishes[name]!.sizes[size]!);
      return isInside(box, frame) && !taken.some((other) => isOver(box, other));
    });
    if (!found) continue;
    places[name] = found;
    taken.push(boxAt(wishes[name]!.spots[found.spot]!, wishes[name]!.sizes[found.size]!));
  }
  return places;
}

/** All ways to stand, best first: on the own land in every size, then elsewhere. */
function attempts({ spots, nOwn, sizes }: Wish): Place[] {
  const all = sizes.flatMap((_, size) => spots.map((_, spot) => ({ spot, size })));
  return [...all.filter(({ spot }) => spot < nOwn), ...all.filter(({ spot }) => spot >= nOwn)];
}

function boxAt({ x, y }: Spot, { width, height }: Box): Frame {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function isInside(box: Frame, frame: Frame): boolean {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}

function isOver(a: Frame, b: Frame): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

const GRID = 36;
const MOST_SPOTS = 48;

/**
 * Places on each cluster's land where its name may stand, best first: its centre, then where its rows lie densest and near.
 *
 * `owner`: cluster of each row, in 0 … centres.length - 1, or -1; `xy` in map units within the root square.
 */
export function spotsOnLand(
  centres: readonly (Spot & { radius: number })[],
  { xy, owner, root }: { xy: ArrayLike<number>; owner: ArrayLike<number>; root: { x: number; y: number; size: number } },
): Land[] {
  const counts = centres.map(() => new Float64Array(GRID * GRID));
  const cell = (value: number, start: number) =>
    Math.min(GRID - 1, Math.max(0, Math.floor(((value - start) / root.size) * GRID)));
  for (let i = 0; i < owner.length; i++) {
    const grid = counts[owner[i]!];
    if (grid) grid[cell(xy[2 * i + 1]!, root.y) * GRID + cell(xy[2 * i]!, root.x)]! += 1;
  }
  const total = counts.reduce((sum, grid) => sum.map((n, at) => n + grid[at]!), new Float64Array(GRID * GRID));
  const side = root.size / GRID;
  return centres.map((centre, place) => {
    const grid = counts[place]!;
    const densest = Math.max(...grid, 1);
    const worth = (spot: Spot & { n: number; share: number }) =>
      // On another's land the name would be taken for the other's.
      (spot.share > 0.5 ? 0 : -9) +
      Math.sqrt(spot.n / densest) - (0.7 * Math.hypot(spot.x - centre.x, spot.y - centre.y)) / centre.radius;
    const spots = [...grid.keys()]
      .filter((at) => grid[at]! > 0.08 * densest && grid[at]! > 0.3 * total[at]!)
      .map((at) => ({ x: root.x + ((at % GRID) + 0.5) * side, y: root.y + (Math.floor(at / GRID) + 0.5) * side, n: grid[at]!, share: grid[at]! / total[at]! }))
      .sort((a, b) => worth(b) - worth(a))
      .slice(0, MOST_SPOTS);
    const nOwn = 1 + spots.filter((spot) => spot.share > 0.5).length;
    return { spots: [{ x: centre.x, y: centre.y }, ...spots.map(({ x, y }) => ({ x, y }))], nOwn };
  });
}
