/** How far each cluster reaches on the map, estimated from a fair sample of its rows. */

export interface Extent {
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
  const distances = lines.map(() => new Map<number, number[]>());
  const centres = lines.map(
    (_, layer) => new Map(clusters.filter((c) => c.layer === layer).map((c) => [c.cluster_id, c])),
  );
  for (let i = 0; i < finest.length; i++) {
    for (let layer = 0; layer < lines.length; layer++) {
      const id = lines[layer]![finest[i]!] ?? -1;
      const centre = centres[layer]!.get(id);
      if (!centre) continue;
      const away = Math.hypot(xy[2 * i]! - centre.x, xy[2 * i + 1]! - centre.y);
      const seen = distances[layer]!.get(id);
      if (seen) seen.push(away);
      else distances[layer]!.set(id, [away]);
    }
  }
  return clusters.map((cluster) => {
    const found = distances[cluster.layer]?.get(cluster.cluster_id)?.sort((a, b) => a - b);
    const guess = 0.4 * rootSize * Math.sqrt(cluster.size / Math.max(1, nRows));
    // Three quarters of the rows: those that strayed far do not blow the cluster up.
    const radius = found && found.length >= 4 ? 1.2 * found[Math.floor(0.75 * (found.length - 1))]! : guess;
    return { x: cluster.x, y: cluster.y, radius: Math.max(radius, rootSize * 1e-5) };
  });
}
