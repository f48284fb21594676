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
  keyphrases?: readonly string[];
}

/** A cluster, its colour on the map, the clusters in it (pinned ones first, then the largest). */
export interface OutlineNode extends ClusterRef {
  name: string;
  size: number;
  color: string;
  /** A person wants it first. */
  isPinned?: boolean;
  /** What tells it from its parent or a sibling of the same name. */
  hint?: string;
  /** Finer clusters of the very same rows, which stand for nothing of their own. */
  same?: OutlineNode[];
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
  /** The name that the filter found, where it is not the line's own but that of one it stands for. */
  found?: string | undefined;
}

/** The name of a cluster among all layers: "2:17". */
export function clusterKey({ layer, cluster_id }: ClusterRef): string {
  return `${layer}:${cluster_id}`;
}

/**
 * The clusters as trees, roots from the coarsest layer, largest first. A cluster whose parent is unknown is a root.
 * A parent and its only child, the same rows under like names, are one line.
 */
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
  const phrases = new Map(clusters.map((cluster) => [clusterKey(cluster), cluster.keyphrases ?? []]));
  for (const node of nodes.values()) {
    foldSame(node);
    for (const child of node.children) {
      const isDouble = [node, ...node.children].some((other) => other !== child && other.name === child.name);
      const hint = isDouble ? hintOf(child.name, phrases.get(clusterKey(child)) ?? []) : "";
      if (hint) child.hint = hint;
    }
  }
  return roots.sort((a, b) => b.layer - a.layer || bySize(a, b));
}

/** Takes the place of an only child that holds the same rows, unless a person gave that one something of its own. */
function foldSame(node: OutlineNode): void {
  for (let only = node.children[0]; only && node.children.length === 1; only = node.children[0]) {
    if (only.size !== node.size || only.isPinned || !isLike(only.name, node.name)) return;
    node.same = [...(node.same ?? []), only, ...(only.same ?? [])];
    node.children = only.children;
  }
}

function isLike(a: string, b: string): boolean {
  const words = (name: string) => name.toLocaleLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const others = new Set(words(b));
  return a === b || words(a).some((word) => others.has(word));
}

const HINT_PHRASES = 2;

function hintOf(name: string, phrases: readonly string[]): string {
  const said = name.toLocaleLowerCase();
  return phrases.filter((phrase) => !said.includes(phrase.toLocaleLowerCase())).slice(0, HINT_PHRASES).join(", ");
}

/** The line that stands for a cluster: its own, or that of the coarser one of the same rows. */
export function lineOf(lines: readonly OutlineLine[], cluster: ClusterRef): OutlineLine | undefined {
  const key = clusterKey(cluster);
  return lines.find((line) => line.key === key || line.node.same?.some((same) => clusterKey(same) === key));
}

/**
 * The lines that show, in order, for the open nodes and the words typed into the filter.
 *
 * With a filter, the matches show with all their ancestors, which are open; without, the children of open nodes.
 */
export function outlineLines(tree: readonly OutlineNode[], open: ReadonlySet<string>, filter = ""): OutlineLine[] {
  const wanted = filter.trim().toLocaleLowerCase();
  const says = ({ name, hint = "" }: OutlineNode) => wanted !== "" && `${name} ${hint}`.toLocaleLowerCase().includes(wanted);
  const foundOf = (node: OutlineNode) => (says(node) ? undefined : node.same?.find(says)?.name);
  const isMatch = (node: OutlineNode) => says(node) || foundOf(node) !== undefined;
  const hasMatch = (node: OutlineNode): boolean => isMatch(node) || node.children.some(hasMatch);
  const lines: OutlineLine[] = [];
  const visit = (nodes: readonly OutlineNode[], level: number) => {
    const shown = wanted === "" ? nodes : nodes.filter(hasMatch);
    shown.forEach((node, index) => {
      const key = clusterKey(node);
      const isOpen = wanted === "" ? open.has(key) && node.children.length > 0 : node.children.some(hasMatch);
      lines.push({ key, node, level, place: index + 1, ofPlaces: shown.length, isOpen, isMatch: isMatch(node), found: foundOf(node) });
      if (isOpen) visit(node.children, level + 1);
    });
  };
  visit(tree, 1);
  return lines;
}
