import { expect, test } from 'vitest'
import {
  callQuery,
  filledRanges,
  latencyShare,
  localInput,
  noFilter,
  readableBody,
  statusTone,
} from './call-view.ts'

const noon = Date.parse('2026-03-01T12:00:00.000Z')

test('an empty filter is not sent', () => {
  expect(Object.values(callQuery(noFilter, noon)).filter((value) => value !== undefined)).toEqual([])
})

test('a time span counts back from now, and an invalid status is left out', () => {
  const query = callQuery({ ...noFilter, span: '1h', status: '9xx', request: ' abc ' }, noon)
  expect(query).toMatchObject({ from: '2026-03-01T11:00:00.000Z', status: undefined, request_id: 'abc' })
})

test('a range of time is used if no span is chosen, and invalid times and numbers are left out', () => {
  const range = { ...noFilter, from: '2026-03-01T08:00:00.000Z', to: 'soon', min: 'slow' }
  expect(callQuery(range, noon)).toMatchObject({
    from: '2026-03-01T08:00:00.000Z',
    to: undefined,
    min_ms: undefined,
  })
  expect(callQuery({ ...range, span: '1h' }, noon).from).toBe('2026-03-01T11:00:00.000Z')
  expect(callQuery({ ...noFilter, min: '0' }, noon).min_ms).toBe(0)
})

test('a caller is a kind of callers or a single one', () => {
  expect(callQuery({ ...noFilter, caller: 'anonymous' }, noon)).toMatchObject({
    caller_kind: 'anonymous',
    caller: undefined,
  })
  expect(callQuery({ ...noFilter, caller: 'key:1' }, noon)).toMatchObject({
    caller_kind: undefined,
    caller: 'key:1',
  })
})

test('a field for times shows the time of the place, and gives the same time back', () => {
  const shown = localInput('2026-03-01T12:00:00.000Z')
  expect(shown).toMatch(/^2026-03-0[12]T\d\d:\d\d$/)
  expect(new Date(shown).getTime()).toBe(noon)
  expect(localInput('never')).toBe('')
})

test('a histogram begins and ends with calls', () => {
  const ranges = [0, 2, 0, 1, 0].map((calls, place) => ({
    from_ms: place,
    to_ms: place + 1,
    calls,
    errors: 0,
  }))
  expect(filledRanges(ranges).map(({ calls }) => calls)).toEqual([2, 0, 1])
  expect(filledRanges(ranges.map((range) => ({ ...range, calls: 0 })))).toEqual([])
})

test('a status has the colour of its class', () => {
  expect([200, 304, 404, 499, 503].map(statusTone)).toEqual(['good', 'rest', 'warning', 'warning', 'bad'])
})

test('bars of different length can be told apart, from nothing to the longest', () => {
  expect([0, 1, 25, 100].map((ms) => latencyShare(ms, 100))).toEqual([1, 10, 50, 100])
  expect(latencyShare(5, 0)).toBe(0)
})

test('complete JSON is indented, and cut or invalid JSON is shown unchanged', () => {
  const body = { type: 'application/json', bytes: 7, text: '{"a":1}', is_cut: false }
  expect(readableBody(body)).toBe('{\n  "a": 1\n}')
  expect(readableBody({ ...body, is_cut: true })).toBe('{"a":1}')
  expect(readableBody({ ...body, text: '{a' })).toBe('{a')
  expect(readableBody({ ...body, text: null })).toBeNull()
})
