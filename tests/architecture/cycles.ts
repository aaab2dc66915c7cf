/** The dependencies of each node. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The strongly connected components of a graph with more than one node: groups in which each node reaches
 * every other. Each group is sorted. Tarjan's algorithm (SIAM Journal on Computing 1972).
 */
export function cyclesOf(graph: Graph): string[][] {
  const index = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  const found: string[][] = []

  function visit(node: string): void {
    const own = index.size
    index.set(node, own)
    lowest.set(node, own)
    stack.push(node)
    onStack.add(node)
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next)
      if (onStack.has(next)) lowest.set(node, Math.min(lowest.get(node) ?? own, lowest.get(next) ?? own))
    }
    if (lowest.get(node) !== own) return
    const component = stack.splice(stack.indexOf(node))
    for (const member of component) onStack.delete(member)
    if (component.length > 1) found.push(component.toSorted())
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node)
  return found
}
