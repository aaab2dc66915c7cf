import type { PortRow } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import {
  firstFree,
  isUnnamed,
  mapPath,
  matchingPorts,
  placeOf,
  portSpans,
  type PortRange,
} from './port-view.ts'

const range: PortRange = { kind: 'front', first: 8001, last: 8010 }
const row = (port: number, change: Partial<PortRow> = {}): PortRow => ({
  port,
  kind: 'front',
  state: 'listening',
  owner: { service_id: 'plate', release: null },
  holder: { pid: 900, command: 'node gateway.js' },
  ...change,
})

describe('a range of ports', () => {
  test('is divided into runs of ports with the same state, from its first to its last port', () => {
    const rows = [row(8003, { state: 'foreign' }), row(8001), row(8002), row(8010, { state: 'reserved' })]
    expect(portSpans(range, rows)).toEqual([
      { first: 8001, last: 8002, state: 'listening' },
      { first: 8003, last: 8003, state: 'foreign' },
      { first: 8004, last: 8009, state: 'free' },
      { first: 8010, last: 8010, state: 'reserved' },
    ])
  })

  test('is one free run if nothing is allocated; ports outside the range or of the other kind do not count', () => {
    const rows = [row(9000), row(8005, { kind: 'instance' })]
    expect(portSpans(range, rows)).toEqual([{ first: 8001, last: 8010, state: 'free' }])
  })

  test('has a first free port, or none', () => {
    expect(firstFree(portSpans(range, [row(8001), row(8002)]))).toBe(8003)
    const full = Array.from({ length: 10 }, (_, place) => row(8001 + place))
    expect(firstFree(portSpans(range, full))).toBeNull()
  })

  test('is drawn row by row', () => {
    expect(placeOf(8001, range, 4)).toEqual({ x: 0, y: 0 })
    expect(placeOf(8006, range, 4)).toEqual({ x: 1, y: 1 })
    const spans = portSpans(range, [row(8005)])
    expect(mapPath(spans, 'listening', range, 4)).toBe('M0.08 1.08h.84v.84h-.84z')
    expect(mapPath(spans, 'foreign', range, 4)).toBe('')
  })
})

test('ports can be searched by number, service, process id and command', () => {
  const rows = [row(8001), row(8002, { owner: null, holder: { pid: 77, command: 'Java -jar x' } })]
  const found = (text: string) => matchingPorts(rows, text).map(({ port }) => port)
  expect(found('8002')).toEqual([8002])
  expect(found('PLATE')).toEqual([8001])
  expect(found('77')).toEqual([8002])
  expect(found('java')).toEqual([8002])
  expect(found(' ')).toEqual([8001, 8002])
  expect(found('nothing')).toEqual([])
})

test('only a port that another program has may have a listener without a name', () => {
  const nobody = { holder: null }
  expect(isUnnamed(row(8001, { ...nobody, state: 'foreign', owner: null }))).toBe(true)
  expect(isUnnamed(row(8001, { ...nobody, state: 'taken' }))).toBe(true)
  expect(isUnnamed(row(8001, { ...nobody, state: 'reserved' }))).toBe(false)
  expect(isUnnamed(row(8001, { state: 'foreign' }))).toBe(false)
})
