/** How far each cluster reaches on the map, estimated from a fair sample of its rows. */

/** Fewer rows of a cluster in the sample say nothing of its place. */
const LEAST_SEEN = 4;

export interface Extent {
  /** Where the middle one of its rows lies, per axis. */
  x: number;
  y: number;
  /** Most of the rows lie within this distance of (x, y), in map units. */
  radius: number;
}

export interface ExtentCluster {
  cluster_id: number;
  layer: number;
  parent_id: number;
  size: number;
  x: number;
  y: number;
}

/** Cluster of each finest cluster in every layer above: `[layer][finest id] -> cluster_id`, -1 where there is none. */
export function ancestors(clusters: readonly ExtentCluster[]): Int32Array[] {
  const nLayers = clusters.reduce((n, cluster) => Math.max(n, cluster.layer + 1), 0);
  const parents: Map<number, number>[] = Array.from({ length: nLayers }, () => new Map());
  let n = 0;
  for (const { layer, cluster_id, parent_id } of clusters) {
    parents[layer]!.set(cluster_id, parent_id ?? -1);
    if (layer === 0) n = Math.max(n, cluster_id + 1);
  }
  const lines: Int32Array[] = [];
  let now = Int32Array.from({ length: n }, (_, id) => (parents[0]?.has(id) ? id : -1));
  for (let layer = 0; layer < nLayers; layer++) {
    lines.push(now);
    const up = parents[layer]!;
    now = now.map((id) => (id < 0 ? -1 : (up.get(id) ?? -1)));
  }
  return lines;
}

/** Extent of each cluster, in the order of `clusters`. `xy` in map units; `finest`: finest cluster_id of each row. */
export function clusterExtents(
  clusters: readonly ExtentCluster[],
  {
    xy,
    finest,
    lines,
    rootSize,
    nRows,
  }: {
    xy: Float64Array | Float32Array;
    finest: ArrayLike<number>;
    lines: readonly Int32Array[];
    rootSize: number;
    nRows: number;
  },
): Extent[] {
  const members = membersOf(finest, lines);
  return clusters.map((cluster) => {
    const rows = members[cluster.layer]?.get(cluster.cluster_id) ?? [];
    if (rows.length < LEAST_SEEN) {
      const radius = 0.4 * rootSize * Math.sqrt(cluster.size / Math.max(1, nRows));
      return { x: cluster.x, y: cluster.y, radius: Math.max(radius, rootSize * 1e-5) };
    }
    // Medians and three quarters of the rows: those that strayed far neither pull the cluster nor blow it up.
    const x = quantile(rows.map((row) => xy[2 * row]!), 0.5);
    const y = quantile(rows.map((row) => xy[2 * row + 1]!), 0.5);
    const radius = 1.2 * quantile(rows.map((row) => Math.hypot(xy[2 * row]! - x, xy[2 * row + 1]! - y)), 0.75);
    return { x, y, radius: Math.max(radius, rootSize * 1e-5) };
  });
}

/** Rows of each cluster that the sample holds, by layer. */
function membersOf(finest: ArrayLike<number>, lines: readonly Int32Array[]): Map<number, number[]>[] {
  const members = lines.map(() => new Map<number, number[]>());
  for (let row = 0; row < finest.length; row++) {
    lines.forEach((line, layer) => {
      const id = line[finest[row]!] ?? -1;
      const seen = members[layer]!.get(id);
      if (seen) seen.push(row);
      else members[layer]!.set(id, [row]);
    });
  }
  return members;
}

function quantile(values: number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
