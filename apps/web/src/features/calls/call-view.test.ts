import { expect, test } from 'vitest'
import { callQuery, latencyShare, statusTone } from './call-view.ts'

const nothing = { service: '', status: '', caller: '', request: '', span: '' }
const noon = Date.parse('2026-03-01T12:00:00.000Z')

test('an empty filter is not sent', () => {
  const asked = Object.entries(callQuery(nothing, 2, 50, noon)).filter(([, value]) => value !== undefined)
  expect(Object.fromEntries(asked)).toEqual({ page: 2, page_size: 50 })
})

test('a time span counts back from now, and an invalid status is left out', () => {
  const query = callQuery({ ...nothing, span: '1h', status: '9xx', request: ' abc ' }, 1, 50, noon)
  expect(query).toMatchObject({ from: '2026-03-01T11:00:00.000Z', status: undefined, request_id: 'abc' })
})

test('a status has the colour of its class', () => {
  expect([200, 304, 404, 499, 503].map(statusTone)).toEqual(['good', 'rest', 'warning', 'warning', 'bad'])
})

test('bars of different length can be told apart, from nothing to the longest', () => {
  expect([0, 1, 25, 100].map((ms) => latencyShare(ms, 100))).toEqual([1, 10, 50, 100])
  expect(latencyShare(5, 0)).toBe(0)
})
