import { describe, expect, test } from 'vitest'
import { ref } from 'vue'
import { extent, tick, useSelection } from './selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']

describe('ticking lines', () => {
  test('turns one on and off', () => {
    const on = tick(new Set(), 'b', null)
    expect([...on]).toEqual(['b'])
    expect([...tick(on, 'b', null)]).toEqual([])
  })

  test('with a range turns all between on, in either direction', () => {
    expect([...tick(new Set(['b']), 'd', { from: 'b', order })]).toEqual(['b', 'c', 'd'])
    expect([...tick(new Set(['d']), 'b', { from: 'd', order })].sort()).toEqual(['b', 'c', 'd'])
  })

  test('with a range turns all between off where its end was on', () => {
    expect([...tick(new Set(order), 'd', { from: 'b', order })]).toEqual(['a', 'e'])
  })

  test('forgets a range whose beginning is not shown any more', () => {
    expect([...tick(new Set(), 'd', { from: 'gone', order })]).toEqual(['d'])
  })

  test('says how much is ticked', () => {
    expect(extent(order, new Set())).toBe('none')
    expect(extent(order, new Set(['c', 'elsewhere']))).toBe('some')
    expect(extent(order, new Set(order))).toBe('all')
    expect(extent([], new Set(['a']))).toBe('none')
  })
})

describe('what is selected', () => {
  test('acts on nothing that is not shown, and comes back with it', () => {
    const shown = ref<string[]>(order)
    const selection = useSelection(shown, shown)
    selection.toggleAll(['a', 'b'])
    shown.value = ['b', 'c']
    expect(selection.ids.value).toEqual(['b'])
    shown.value = order
    expect(selection.ids.value).toEqual(['a', 'b'])
  })

  test('is all of what is asked for, and none once it was all', () => {
    const shown = ref<string[]>(order)
    const selection = useSelection(shown, shown)
    selection.toggle('a', false)
    selection.toggleAll(order)
    expect(selection.ids.value).toEqual(order)
    selection.toggleAll(order)
    expect(selection.ids.value).toEqual([])
  })
})
