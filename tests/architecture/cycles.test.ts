import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cyclesOf, type Graph } from './cycles.ts'
import { filesBelow, importsOf, isForTests } from './source-files.ts'

const folders = ['packages', 'apps', 'runtimes/node', 'scripts']
const sources = folders
  .flatMap((folder) => filesBelow(folder, ['.ts', '.vue', '.mjs']))
  .filter((file) => !isForTests(file))
const paths = new Set(sources.map(({ path }) => path))

/** The dependency graph of files, grouped by `nameOf`. Null leaves a file out. Type imports count. */
function graphBy(nameOf: (path: string) => string | null): Graph {
  const graph = new Map<string, Set<string>>()
  for (const file of sources) {
    const from = nameOf(file.path)
    if (from === null) continue
    const targets = graph.get(from) ?? new Set<string>()
    graph.set(from, targets)
    for (const imported of importsOf(file)) {
      const to = paths.has(imported.from) ? nameOf(imported.from) : null
      if (to !== null && to !== from) targets.add(to)
    }
  }
  return graph
}

const moduleOf = (path: string) => /^apps\/server\/src\/modules\/([^/]+)\//.exec(path)?.[1] ?? null
const adapterOf = (path: string) => /^apps\/server\/src\/adapters\/([^/]+)\//.exec(path)?.[1] ?? null
const featureOf = (path: string) => /^apps\/web\/src\/features\/([^/]+)\//.exec(path)?.[1] ?? null
/** If files or imports were not found any more, their graph would have no cycles either. So it has to have so much at least. */
function expectGraph(graph: Graph, { nodes, edges }: { nodes: number; edges: number }): void {
  expect(graph.size).toBeGreaterThan(nodes)
  expect([...graph.values()].reduce((sum, targets) => sum + targets.size, 0)).toBeGreaterThan(edges)
}

describe('there is no circular dependency, including type imports', () => {
  test.each([
    { of: 'modules of the server', nameOf: moduleOf, nodes: 40, edges: 150 },
    { of: 'adapters of the server', nameOf: adapterOf, nodes: 10, edges: 4 },
    { of: 'features of the pages', nameOf: featureOf, nodes: 20, edges: 40 },
    { of: 'files', nameOf: (path: string) => path, nodes: 2_000, edges: 6_000 },
  ])('$of', ({ nameOf, ...least }) => {
    const graph = graphBy(nameOf)
    expectGraph(graph, least)
    expect(cyclesOf(graph)).toEqual([])
  })
})

const withFolders = new Set(
  sources.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -2)
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  }),
)
/**
 * The folder of a file. In a folder that has folders, each file stands for itself: the tables and errors of a module come
 * before its folders, and its routes and assembly after them. The list of all tables is left out, because it is the one
 * file of the adapters that knows the modules.
 */
const placeOf = (path: string): string | null => {
  if (path === 'apps/server/src/adapters/database/tables.ts') return null
  return withFolders.has(dirname(path)) ? path : dirname(path)
}

test('folders within a module depend on each other in no circle', () => {
  const graph = graphBy(placeOf)
  expectGraph(graph, { nodes: 600, edges: 2_500 })
  expect(cyclesOf(graph)).toEqual([])
})

test('a cycle is found with all its members, and without nodes that only lead into it', () => {
  const graph = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['d', 'b'])],
    ['d', new Set<string>()],
  ])
  expect(cyclesOf(graph)).toEqual([['b', 'c']])
})
