/** How dense the land is: a smooth grid of rows per cell, for the landscape under the points and for point sizes. */

export interface DensityGrid {
  side: number;
  /** The grid covers [-margin, 1 + margin] of the root square. */
  margin: number;
  /** Relative density, row by row from y = -margin; 1 is the median over the rows. */
  values: Float32Array;
  /** Rows per root-square area at value 1. */
  typical: number;
}

/**
 * Density of `xy` (in [0, 1] of the root square), a fair sample of `nRows` rows.
 *
 * Three box blurs come close to a Gaussian; fewer rows get a wider one.
 */
export function densityGrid(xy: Float32Array, nRows: number, side = 256, margin = 0.08): DensityGrid {
  const n = xy.length / 2;
  const values = splat(xy, side, margin);
  const radius = Math.round((side / 256) * 2.5 * Math.min(4, (16384 / Math.max(1, n)) ** (1 / 6)));
  for (let pass = 0; pass < 3; pass++) {
    blurRows(values, side, radius);
    transpose(values, side);
    blurRows(values, side, radius);
    transpose(values, side);
  }
  const median = medianAtRows(values, xy, side, margin) || 1;
  for (let i = 0; i < values.length; i++) values[i]! /= median;
  const cellArea = ((1 + 2 * margin) / side) ** 2;
  return { side, margin, values, typical: n === 0 ? 0 : (median / cellArea) * (nRows / n) };
}

function splat(xy: Float32Array, side: number, margin: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(side * side);
  const scale = side / (1 + 2 * margin);
  for (let i = 0; i < xy.length; i += 2) {
    const column = (xy[i]! + margin) * scale - 0.5;
    const row = (xy[i + 1]! + margin) * scale - 0.5;
    const [c, r] = [Math.floor(column), Math.floor(row)];
    const [u, v] = [column - c, row - r];
    if (c < 0 || r < 0 || c + 1 >= side || r + 1 >= side) continue;
    values[r * side + c]! += (1 - u) * (1 - v);
    values[r * side + c + 1]! += u * (1 - v);
    values[(r + 1) * side + c]! += (1 - u) * v;
    values[(r + 1) * side + c + 1]! += u * v;
  }
  return values;
}

function blurRows(values: Float32Array, side: number, radius: number): void {
  const line = new Float32Array(side);
  const width = 2 * radius + 1;
  for (let row = 0; row < side; row++) {
    const offset = row * side;
    let sum = 0;
    for (let i = 0; i < Math.min(radius, side); i++) sum += values[offset + i]!;
    for (let i = 0; i < side; i++) {
      if (i + radius < side) sum += values[offset + i + radius]!;
      if (i - radius - 1 >= 0) sum -= values[offset + i - radius - 1]!;
      line[i] = Math.max(0, sum) / width;
    }
    values.set(line, offset);
  }
}

function transpose(values: Float32Array, side: number): void {
  for (let row = 0; row < side; row++) {
    for (let column = row + 1; column < side; column++) {
      const held = values[row * side + column]!;
      values[row * side + column] = values[column * side + row]!;
      values[column * side + row] = held;
    }
  }
}

function medianAtRows(values: Float32Array, xy: Float32Array, side: number, margin: number): number {
  const scale = side / (1 + 2 * margin);
  const seen = new Float32Array(xy.length / 2);
  for (let i = 0; i < seen.length; i++) {
    const column = Math.min(side - 1, Math.max(0, Math.floor((xy[2 * i]! + margin) * scale)));
    const row = Math.min(side - 1, Math.max(0, Math.floor((xy[2 * i + 1]! + margin) * scale)));
    seen[i] = values[row * side + column]!;
  }
  seen.sort();
  return seen[seen.length >> 1] ?? 0;
}

/** Bounds of `xy`, less the few rows that strayed far from all others. */
export function landBounds(xy: Float32Array): { x0: number; y0: number; x1: number; y1: number } {
  const axis = (offset: number): [number, number] => {
    const values = Float32Array.from({ length: xy.length / 2 }, (_, i) => xy[2 * i + offset]!).sort();
    if (values.length === 0) return [0, 1];
    const cut = Math.floor(values.length * 0.002);
    const [low, high] = [values[cut]!, values[values.length - 1 - cut]!];
    const slack = 0.06 * (high - low);
    return [Math.max(values[0]!, low - slack), Math.min(values[values.length - 1]!, high + slack)];
  };
  const [[x0, x1], [y0, y1]] = [axis(0), axis(1)];
  return { x0, y0, x1, y1 };
}

/** How a point is drawn: diameter in CSS px, opacity in 0 … 1. */
export interface PointLook {
  diameter: number;
  opacity: number;
}

/**
 * Points large and solid where they are sparse, small and light where they crowd.
 *
 * `rowsPerPx`: rows drawn per px² at a typical row's place. The diameter lets neighbours just touch;
 * below the smallest diameter the opacity falls instead.
 */
export function pointLook(rowsPerPx: number): PointLook {
  const ideal = 0.62 / Math.sqrt(Math.max(rowsPerPx, 1e-9));
  const diameter = Math.min(11, Math.max(1.7, 1.7 * ideal ** 0.68));
  const crowding = rowsPerPx * diameter * diameter;
  return { diameter, opacity: Math.min(0.92, Math.max(0.22, 0.95 / Math.max(1, crowding) ** 0.55)) };
}
