/** What a person drew around rows, as a polygon with few corners. */

export interface Spot {
  x: number;
  y: number;
}

const MOST_CORNERS = 240;

/** The four corners of the rectangle between two places. */
export function rectangle(from: Spot, to: Spot): Spot[] {
  return [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }];
}

/** The path without corners that lie within `tolerance` of the line between their neighbours (Douglas and Peucker, 1973). */
export function simplified(path: readonly Spot[], tolerance = 1): Spot[] {
  let kept = [...path];
  for (let reach = tolerance; ; reach *= 1.6) {
    kept = reduce(path, reach);
    if (kept.length <= MOST_CORNERS) return kept;
  }
}

function reduce(path: readonly Spot[], tolerance: number): Spot[] {
  const isKept = new Uint8Array(path.length);
  const open: [number, number][] = [[0, path.length - 1]];
  isKept[0] = isKept[path.length - 1] = 1;
  while (open.length > 0) {
    const [first, last] = open.pop()!;
    let [worst, at] = [tolerance, -1];
    for (let i = first + 1; i < last; i++) {
      const off = distance(path[i]!, path[first]!, path[last]!);
      if (off > worst) [worst, at] = [off, i];
    }
    if (at < 0) continue;
    isKept[at] = 1;
    open.push([first, at], [at, last]);
  }
  return path.filter((_, i) => isKept[i]);
}

/** From a point to the segment between two others. */
function distance(point: Spot, a: Spot, b: Spot): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length2));
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}

/** Twice the area that a polygon encloses. */
export function area(polygon: readonly Spot[]): number {
  const n = polygon.length;
  return Math.abs(polygon.reduce((sum, { x, y }, i) => sum + x * polygon[(i + 1) % n]!.y - polygon[(i + 1) % n]!.x * y, 0));
}
