/** The clusters as a tree, and the lines of it that show: for the outline panel. */

/** A cluster among its layer's; layer 0 is the finest. */
interface ClusterRef {
  layer: number;
  cluster_id: number;
}

interface ClusterSize extends ClusterRef {
  /** cluster_id in layer + 1; -1 in the coarsest layer. */
  parent_id: number;
  name: string;
  size: number;
  is_pinned?: boolean;
}

/** A cluster, its colour on the map, the clusters in it (pinned ones first, then the largest). */
export interface OutlineNode extends ClusterRef {
  name: string;
  size: number;
  color: string;
  /** A person wants it first. */
  isPinned?: boolean;
  children: OutlineNode[];
}

/** One line of the outline, as `role="treeitem"` wants it: places count from 1. */
export interface OutlineLine {
  key: string;
  node: OutlineNode;
  level: number;
  place: number;
  ofPlaces: number;
  isOpen: boolean;
  isMatch: boolean;
}

/** The name of a cluster among all layers: "2:17". */
export function clusterKey({ layer, cluster_id }: ClusterRef): string {
  return `${layer}:${cluster_id}`;
}

/** The clusters as trees, roots from the coarsest layer, largest first. A cluster whose parent is unknown is a root. */
export function outlineTree(clusters: readonly ClusterSize[], colorOf: (cluster: ClusterRef) => string): OutlineNode[] {
  const nodes = new Map<string, OutlineNode>();
  for (const cluster of clusters) {
    const { layer, cluster_id, name, size, is_pinned } = cluster;
    nodes.set(clusterKey(cluster), { layer, cluster_id, name, size, color: colorOf(cluster), children: [], ...(is_pinned && { isPinned: true }) });
  }
  const roots: OutlineNode[] = [];
  for (const cluster of clusters) {
    const parent = nodes.get(clusterKey({ layer: cluster.layer + 1, cluster_id: cluster.parent_id }));
    (parent?.children ?? roots).push(nodes.get(clusterKey(cluster))!);
  }
  const bySize = (a: OutlineNode, b: OutlineNode) =>
    Number(b.isPinned ?? false) - Number(a.isPinned ?? false) || b.size - a.size || a.cluster_id - b.cluster_id;
  for (const node of nodes.values()) node.children.sort(bySize);
  return roots.sort((a, b) => b.layer - a.layer || bySize(a, b));
}

/**
 * The lines that show, in order, for the open nodes and the words typed into the filter.
 *
 * With a filter, the matches show with all their ancestors, which are open; without, the children of open nodes.
 */
export function outlineLines(tree: readonly OutlineNode[], open: ReadonlySet<string>, filter = ""): OutlineLine[] {
  const wanted = filter.trim().toLocaleLowerCase();
  const isMatch = (node: OutlineNode) => wanted !== "" && node.name.toLocaleLowerCase().includes(wanted);
  const hasMatch = (node: OutlineNode): boolean => isMatch(node) || node.children.some(hasMatch);
  const lines: OutlineLine[] = [];
  const visit = (nodes: readonly OutlineNode[], level: number) => {
    const shown = wanted === "" ? nodes : nodes.filter(hasMatch);
    shown.forEach((node, index) => {
      const key = clusterKey(node);
      const isOpen = wanted === "" ? open.has(key) && node.children.length > 0 : node.children.some(hasMatch);
      lines.push({ key, node, level, place: index + 1, ofPlaces: shown.length, isOpen, isMatch: isMatch(node) });
      if (isOpen) visit(node.children, level + 1);
    });
  };
  visit(tree, 1);
  return lines;
}
