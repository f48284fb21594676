/** The clusters as a tree, and the lines of it that show: for the outline panel. */

/** What the outline needs to know of a cluster. `cluster_id` is unique within its layer; layer 0 is the finest. */
export interface OutlineCluster {
  cluster_id: number
  layer: number
  parent_id: number | null
  name: string
  size: number
}

export interface OutlineNode<C extends OutlineCluster = OutlineCluster> {
  key: string
  cluster: C
  children: OutlineNode<C>[]
}

/** One line of the outline, as `role="treeitem"` wants it: places count from 1. */
export interface OutlineLine<C extends OutlineCluster = OutlineCluster> {
  key: string
  cluster: C
  level: number
  place: number
  ofPlaces: number
  isParent: boolean
  isOpen: boolean
  isMatch: boolean
}

/** The name of a cluster among all layers: "2:17". */
export function clusterKey(cluster: { layer: number; cluster_id: number }): string {
  return `${cluster.layer}:${cluster.cluster_id}`
}

/** The clusters as trees, roots from the coarsest layer, largest first. A cluster whose parent is unknown is a root. */
export function outlineTree<C extends OutlineCluster>(clusters: readonly C[]): OutlineNode<C>[] {
  const nodes = new Map<string, OutlineNode<C>>()
  for (const cluster of clusters) nodes.set(clusterKey(cluster), { key: clusterKey(cluster), cluster, children: [] })
  const roots: OutlineNode<C>[] = []
  for (const node of nodes.values()) {
    const { layer, parent_id } = node.cluster
    const parent =
      parent_id === null || parent_id < 0 ? undefined : nodes.get(clusterKey({ layer: layer + 1, cluster_id: parent_id }))
    if (parent) parent.children.push(node)
    else roots.push(node)
  }
  const bySize = (a: OutlineNode<C>, b: OutlineNode<C>) => b.cluster.size - a.cluster.size || a.key.localeCompare(b.key)
  for (const node of nodes.values()) node.children.sort(bySize)
  return roots.sort((a, b) => b.cluster.layer - a.cluster.layer || bySize(a, b))
}

/**
 * The lines that show, in order, for the open nodes and the words typed into the filter.
 *
 * With a filter, the matches show with all their ancestors, which are open; without, the children of open nodes.
 */
export function outlineLines<C extends OutlineCluster>(
  tree: readonly OutlineNode<C>[],
  open: ReadonlySet<string>,
  filter = '',
): OutlineLine<C>[] {
  const wanted = filter.trim().toLocaleLowerCase()
  const isMatch = (node: OutlineNode<C>) => wanted !== '' && node.cluster.name.toLocaleLowerCase().includes(wanted)
  const hasMatch = (node: OutlineNode<C>): boolean => isMatch(node) || node.children.some(hasMatch)
  const lines: OutlineLine<C>[] = []
  const visit = (nodes: readonly OutlineNode<C>[], level: number) => {
    const shown = wanted === '' ? nodes : nodes.filter(hasMatch)
    shown.forEach((node, index) => {
      const isOpen = wanted === '' ? open.has(node.key) : node.children.some(hasMatch)
      lines.push({
        key: node.key,
        cluster: node.cluster,
        level,
        place: index + 1,
        ofPlaces: shown.length,
        isParent: node.children.length > 0,
        isOpen: isOpen && node.children.length > 0,
        isMatch: isMatch(node),
      })
      if (isOpen) visit(node.children, level + 1)
    })
  }
  visit(tree, 1)
  return lines
}

/** The clusters from the coarsest to the given one: its path through the outline. */
export function clusterPath<C extends OutlineCluster>(clusters: readonly C[], leaf: C): C[] {
  const byKey = new Map(clusters.map((cluster) => [clusterKey(cluster), cluster]))
  const path: C[] = []
  for (let at: C | undefined = leaf; at; ) {
    path.unshift(at)
    at = at.parent_id === null ? undefined : byKey.get(clusterKey({ layer: at.layer + 1, cluster_id: at.parent_id }))
  }
  return path
}
