/** Which tiles to draw: the coarse ones first, finer ones where the screen has room for their rows. */

import { type Bounds, type Camera, type Size, type Square, boundsOf, scaleOf } from "./camera";

export interface NodeLike {
  key: string;
  start: number;
  count: number;
}

export interface TreeNode<N extends NodeLike = NodeLike> {
  node: N;
  z: number;
  /** The node's square in map units. */
  x: number;
  y: number;
  size: number;
  children: TreeNode<N>[];
  /** Rows kept here and below. */
  total: number;
}

/** The manifest's list of nodes as a tree; null where there is none. */
export function buildTree<N extends NodeLike>(nodes: readonly N[], root: Square): TreeNode<N> | null {
  const byKey = new Map<string, TreeNode<N>>();
  for (const node of nodes) {
    const [z, x, y] = node.key.split("/").map(Number) as [number, number, number];
    const size = root.size / 2 ** z;
    const entry = { node, z, x: root.x + x * size, y: root.y + y * size, size, children: [], total: node.count };
    byKey.set(node.key, entry);
    if (z > 0) byKey.get(`${z - 1}/${x >> 1}/${y >> 1}`)?.children.push(entry);
  }
  const first = nodes[0] && byKey.get(nodes[0].key);
  if (!first) return null;
  sumTotals(first);
  return first;
}

function sumTotals(entry: TreeNode): number {
  entry.total = entry.node.count + entry.children.reduce((sum, child) => sum + sumTotals(child), 0);
  return entry.total;
}

export interface Budget {
  /** Most rows drawn at once. */
  maxRows: number;
  /** A node's children are drawn while its own rows have more than this many px² each. */
  pxPerRow: number;
}

/** Nodes to draw, most urgent first; a child is never without its parent. */
export function selectNodes<N extends NodeLike>(
  tree: TreeNode<N>,
  view: { camera: Camera; root: Square; size: Size },
  { maxRows, pxPerRow }: Budget,
  margin = 0,
): TreeNode<N>[] {
  const scale = scaleOf(view.camera, view.root);
  const seen = grow(boundsOf(view.camera, view), margin);
  const room = (entry: TreeNode<N>) => (entry.size * scale) ** 2 / Math.max(1, entry.node.count);
  // Few rows in all: draw every one, however they crowd.
  const leastRoom = tree.total <= maxRows ? 0 : pxPerRow;
  const chosen: TreeNode<N>[] = [];
  let rows = 0;
  let level = touches(tree, seen) ? [tree] : [];
  while (level.length > 0) {
    level.sort((a, b) => room(b) - room(a));
    const next: TreeNode<N>[] = [];
    for (const entry of level) {
      if (rows + entry.node.count > maxRows && chosen.length > 0) continue;
      chosen.push(entry);
      rows += entry.node.count;
      if (room(entry) > leastRoom) next.push(...entry.children.filter((child) => touches(child, seen)));
    }
    level = next;
  }
  return chosen;
}

function touches(entry: TreeNode, bounds: Bounds): boolean {
  return (
    entry.x <= bounds.x1 &&
    entry.x + entry.size >= bounds.x0 &&
    entry.y <= bounds.y1 &&
    entry.y + entry.size >= bounds.y0
  );
}

function grow(bounds: Bounds, share: number): Bounds {
  const dx = (bounds.x1 - bounds.x0) * share;
  const dy = (bounds.y1 - bounds.y0) * share;
  return { x0: bounds.x0 - dx, x1: bounds.x1 + dx, y0: bounds.y0 - dy, y1: bounds.y1 + dy };
}
