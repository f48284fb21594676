import { describe, expect, it } from 'vitest'
import { clusterPath, outlineLines, outlineTree, type OutlineCluster } from './outline'

const CLUSTERS: OutlineCluster[] = [
  { cluster_id: 0, layer: 1, parent_id: null, name: 'Cooking', size: 50 },
  { cluster_id: 1, layer: 1, parent_id: null, name: 'Travel', size: 80 },
  { cluster_id: 0, layer: 0, parent_id: 0, name: 'Bread and baking', size: 20 },
  { cluster_id: 1, layer: 0, parent_id: 0, name: 'Soups', size: 30 },
  { cluster_id: 2, layer: 0, parent_id: 1, name: 'Trains', size: 80 },
]
const names = (lines: { cluster: OutlineCluster }[]) => lines.map((line) => line.cluster.name)

describe('outline', () => {
  it('shows the coarsest clusters first, largest first', () => {
    expect(names(outlineLines(outlineTree(CLUSTERS), new Set()))).toEqual(['Travel', 'Cooking'])
  })

  it('shows the children of what is open', () => {
    const lines = outlineLines(outlineTree(CLUSTERS), new Set(['1:0']))
    expect(names(lines)).toEqual(['Travel', 'Cooking', 'Soups', 'Bread and baking'])
    expect(lines[3]).toMatchObject({ level: 2, place: 2, ofPlaces: 2, isParent: false })
  })

  it('opens the way to what the filter finds', () => {
    const lines = outlineLines(outlineTree(CLUSTERS), new Set(), 'BREAD')
    expect(names(lines)).toEqual(['Cooking', 'Bread and baking'])
    expect(lines.map((line) => line.isMatch)).toEqual([false, true])
  })

  it('keeps ids of different layers apart', () => {
    expect(outlineTree(CLUSTERS).map((node) => node.children.length)).toEqual([1, 2])
  })

  it('tells the path from the coarsest cluster down', () => {
    expect(clusterPath(CLUSTERS, CLUSTERS[2]!).map((cluster) => cluster.name)).toEqual(['Cooking', 'Bread and baking'])
  })
})
