import { listPreference } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'
import { expect, test } from 'vitest'
import {
  moved,
  noPreference,
  offeredColumns,
  queryOfView,
  readPreference,
  shownColumns,
  viewQuery,
  withView,
} from './list-preference.ts'

const all = [
  { key: 'name', fixed: true as const },
  { key: 'state' },
  { key: 'port' },
  { key: 'cpu' },
  { key: 'actions', fixed: true as const },
]
const keys = (columns: { key: string }[]) => columns.map(({ key }) => key)

test('all columns are shown until somebody chooses, then the chosen ones in their order between the fixed ones', () => {
  expect(keys(shownColumns(all, null))).toEqual(['name', 'state', 'port', 'cpu', 'actions'])
  expect(keys(shownColumns(all, ['cpu', 'state']))).toEqual(['name', 'cpu', 'state', 'actions'])
  expect(keys(shownColumns(all, []))).toEqual(['name', 'actions'])
})

test('columns of another version, named twice or fixed anyway change nothing', () => {
  const wanted = ['sold', 'cpu', 'cpu', 'actions', 'name']
  expect(keys(shownColumns(all, wanted))).toEqual(['name', 'cpu', 'actions'])
})

test('the shown columns are offered first, and each can be moved by one place', () => {
  expect(keys(offeredColumns(all, ['cpu', 'state']))).toEqual(['cpu', 'state', 'port'])
  expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
})

test('a view is what the list knows of the address, always in the same form', () => {
  const names = ['q', 'state', 'columns']
  const query = { state: 'good', q: '情感 &', batch: 'x', page: '3', columns: '' }
  const text = viewQuery(query, names)
  expect(text).toBe(viewQuery({ q: '情感 &', state: 'good' }, names))
  expect(queryOfView(text, names)).toEqual({ q: '情感 &', state: 'good' })
  expect(queryOfView('q=a&former=1', names)).toEqual({ q: 'a' })
})

test('what was stored is read again, and anything else counts as nothing', () => {
  const kept = {
    columns: ['cpu'],
    page_size: 100 as const,
    views: [{ name: '异常', query: 'state=attention' }],
  }
  expect(listPreference.parse(kept)).toEqual(kept)
  expect(readPreference(kept)).toEqual(kept)
  for (const odd of [undefined, null, 'x', [], { columns: [1], page_size: 7, views: 'x' }, { views: [{}] }])
    expect(readPreference(odd)).toEqual(noPreference)
})

test('a view of the same name takes the place of the former one, and there are no more than allowed', () => {
  const one = withView(noPreference, { name: 'a', query: 'q=1' })
  expect(withView(one ?? noPreference, { name: 'a', query: 'q=2' })?.views).toEqual([
    { name: 'a', query: 'q=2' },
  ])
  const views = Array.from({ length: most.listViews }, (_, index) => ({ name: `v${index}`, query: '' }))
  expect(withView({ ...noPreference, views }, { name: 'new', query: '' })).toBeNull()
  expect(withView({ ...noPreference, views }, { name: 'v3', query: 'q=1' })?.views).toHaveLength(
    most.listViews,
  )
})
