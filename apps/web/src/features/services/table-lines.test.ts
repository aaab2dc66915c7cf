import type { ServiceGroup } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { serviceFixture as service } from './service.fixture.ts'
import { linesOf, movedBefore, sectionsOf, ungrouped } from './table-lines.ts'

const group = (id: string, position: number): ServiceGroup => ({
  id,
  name: id,
  colour: 'blue',
  position,
  services: 0,
  created_at: '2026-01-01T00:00:00Z',
})
const groups = [group('vision', 0), group('speech', 1)]
const services = [
  service({ id: 'a', group_id: 'speech' }),
  service({ id: 'b' }),
  service({ id: 'c', group_id: 'vision' }),
  service({ id: 'd', group_id: 'deleted-since' }),
]
const shape = (options: { keepEmpty: boolean; only: string | null }, of = services) =>
  sectionsOf(of, groups, options).map((section) => [section.key, section.services.map(({ id }) => id)])

describe('sections of the table', () => {
  test('follow the order of the groups, with services without a group at the end', () => {
    expect(shape({ keepEmpty: false, only: null })).toEqual([
      ['vision', ['c']],
      ['speech', ['a']],
      [ungrouped, ['b', 'd']],
    ])
  })

  test('include empty groups as drop targets, but not during a search', () => {
    const some = services.slice(0, 1)
    expect(shape({ keepEmpty: true, only: null }, some)).toEqual([
      ['vision', []],
      ['speech', ['a']],
    ])
    expect(shape({ keepEmpty: false, only: null }, some)).toEqual([['speech', ['a']]])
  })

  test('can be limited to one', () => {
    expect(shape({ keepEmpty: true, only: 'vision' })).toEqual([['vision', ['c']]])
    expect(shape({ keepEmpty: true, only: ungrouped })).toEqual([[ungrouped, ['b', 'd']]])
  })
})

describe('rows of the table', () => {
  const keys = (collapsed: string[], of = groups) =>
    linesOf(sectionsOf(services, of, { keepEmpty: false, only: null }), new Set(collapsed)).map(
      ({ key }) => key,
    )

  test('begin with a head for each section', () => {
    expect(keys([])).toEqual(['section vision', 'c', 'section speech', 'a', 'section none', 'b', 'd'])
  })

  test('of a collapsed section are only its head', () => {
    expect(keys([ungrouped, 'speech'])).toEqual(['section vision', 'c', 'section speech', 'section none'])
  })

  test('have no heads without groups, and then nothing can be collapsed', () => {
    expect(keys([ungrouped], [])).toEqual(['a', 'b', 'c', 'd'])
  })
})

test('an item is moved before another or to the end, and stays if it is dropped on itself', () => {
  expect(movedBefore(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b'])
  expect(movedBefore(['a', 'b', 'c'], 'a', 'c')).toEqual(['b', 'a', 'c'])
  expect(movedBefore(['a', 'b', 'c'], 'a', null)).toEqual(['b', 'c', 'a'])
  expect(movedBefore(['a', 'b', 'c'], 'b', 'b')).toEqual(['a', 'b', 'c'])
})
