import { expect, test } from 'vitest'
import { beside, besideInPairs, median } from './figures.ts'
import { framesOff } from './overlay.ts'
import { withSection } from './sections.ts'
import { publicProjectsTable } from './public-projects.ts'
import { publicProjects } from './public-projects.list.ts'

test('one slow round does not move the median', () => {
  expect(median([3, 900, 1])).toBe(3)
  expect(median([])).toBe(0)
})

test('a figure has its ratio to the one beside it; two zeros are the same', () => {
  expect(beside('a', 'ms', 3, 6)).toEqual({ name: 'a', unit: 'ms', ours: 3, theirs: 6, ratio: 0.5 })
  expect(beside('a', 'frames', 0, 0).ratio).toBe(1)
})

test('of windows by turns, the ratio is that of the middle pair, though the machine became slower meanwhile; its spread is told', () => {
  const pairs = [100, 200, 400, 800].map((theirs) => ({ ours: theirs * 1.1, theirs }))
  const disturbed = { ours: 9_000, theirs: 100 }
  const { ratio, spread, ours, theirs } = besideInPairs('a', 'ms', [...pairs, disturbed])
  expect([ratio, ...(spread ?? [])].map((one) => one.toFixed(2))).toEqual(['1.10', '1.10', '1.10'])
  expect([ours, theirs]).toEqual([440.00000000000006, 200])
  const apart = [0.5, 1, 1, 2, 3].map((of) => ({ ours: of, theirs: 1 }))
  expect(besideInPairs('a', 'ms', apart)).toMatchObject({ ratio: 1, spread: [1, 2] })
  expect(besideInPairs('a', 'ms', [{ ours: 0, theirs: 0 }])).toMatchObject({ ratio: 1, spread: [1, 1] })
})

test('how far off boxes are is told of ours and of the clock’s by themselves, the most and the mean', () => {
  const readings = [
    { video: 10, overlay: 10, byClock: 12 },
    { video: 20, overlay: 19, byClock: 20 },
  ]
  expect(framesOff(readings)).toEqual({ ours: { most: 1, mean: 0.5 }, byClock: { most: 2, mean: 1 } })
})

test('a section of the page is replaced or added, and the others stay', () => {
  const page = '# Page\n\n## A\n\nold\n\n## B\n\nstays\n'
  expect(withSection(page, 'A', 'new')).toBe('# Page\n\n## A\n\nnew\n\n## B\n\nstays\n')
  expect(withSection(page, 'C', 'new')).toBe(`${page}\n## C\n\nnew\n`)
  expect(withSection(page, 'C', 'new', 'B')).toBe(page.replace('\n## B', '\n## C\n\nnew\n\n## B'))
})

test('the list names at least forty different public projects, each by its whole commit', () => {
  const names = publicProjects.map(({ repository, folder = '' }) => `${repository}/${folder}`)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(40)
  expect(publicProjects.filter(({ commit }) => !/^[0-9a-f]{40}$/.test(commit))).toEqual([])
})

test('a project that did not get far has empty cells in the table, and one that cannot run is not counted', () => {
  const nowhere = { changes: '', deployed: 'no: x', page: '', answered: '', seconds: null, runs: false }
  const commit = '0123456789'
  const outcome = { name: 'a/b', commit, recognised: null, ...nowhere }
  const told = publicProjectsTable(
    [outcome, { ...outcome, name: 'c/d' }],
    [
      { repository: 'a/b', commit, why: 'Flask' },
      { repository: 'c/d', commit, why: 'Django', needs: 'a database' },
    ],
  ).split('\n')
  expect(told[0]).toMatch(/^0 of 1 run; 0 are refused .* 1 fail later. They are of 1 repositories/)
  expect(told).toContain('| a/b at 0123456 | Flask | not |  | no: x |  |  |  |')
  expect(told).toContain('| c/d at 0123456 | Django; needs a database | not |  | no: x |  |  |  |')
})
