import { describe, expect, test } from 'vitest'
import { ref } from 'vue'
import { selectionState, toggleRows, useSelection } from './selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']

describe('selecting rows', () => {
  test('turns one on and off', () => {
    const on = toggleRows(new Set(), 'b', null)
    expect([...on]).toEqual(['b'])
    expect([...toggleRows(on, 'b', null)]).toEqual([])
  })

  test('with a range turns on all rows between, in either direction', () => {
    expect([...toggleRows(new Set(['b']), 'd', { from: 'b', order })]).toEqual(['b', 'c', 'd'])
    expect([...toggleRows(new Set(['d']), 'b', { from: 'd', order })].sort()).toEqual(['b', 'c', 'd'])
  })

  test('with a range turns off all rows between if its end was on', () => {
    expect([...toggleRows(new Set(order), 'd', { from: 'b', order })]).toEqual(['a', 'e'])
  })

  test('ignores a range whose start is no longer shown', () => {
    expect([...toggleRows(new Set(), 'd', { from: 'gone', order })]).toEqual(['d'])
  })

  test('reports how much is selected', () => {
    expect(selectionState(order, new Set())).toBe('none')
    expect(selectionState(order, new Set(['c', 'elsewhere']))).toBe('some')
    expect(selectionState(order, new Set(order))).toBe('all')
    expect(selectionState([], new Set(['a']))).toBe('none')
  })
})

describe('what is selected', () => {
  test('acts only on shown rows, and selected ones come back when they are shown again', () => {
    const shown = ref<string[]>(order)
    const selection = useSelection(shown, shown)
    selection.toggleAll(['a', 'b'])
    shown.value = ['b', 'c']
    expect(selection.ids.value).toEqual(['b'])
    shown.value = order
    expect(selection.ids.value).toEqual(['a', 'b'])
  })

  test('selects all rows, and none if all were selected', () => {
    const shown = ref<string[]>(order)
    const selection = useSelection(shown, shown)
    selection.toggle('a', false)
    selection.toggleAll(order)
    expect(selection.ids.value).toEqual(order)
    selection.toggleAll(order)
    expect(selection.ids.value).toEqual([])
  })
})
