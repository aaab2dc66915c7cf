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

describe('there is no circular dependency, including type imports', () => {
  test('modules of the server', () => {
    expect(cyclesOf(graphBy(moduleOf))).toEqual([])
  })

  test('adapters of the server', () => {
    expect(cyclesOf(graphBy(adapterOf))).toEqual([])
  })

  test('features of the pages', () => {
    expect(cyclesOf(graphBy(featureOf))).toEqual([])
  })

  test('files', () => {
    expect(graphBy((path) => path).size).toBeGreaterThan(500)
    expect(cyclesOf(graphBy((path) => path))).toEqual([])
  })
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
