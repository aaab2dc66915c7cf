import { expect, test } from 'vitest'
import { logLine } from './calls.test-world.ts'
import { readCallLine } from './call-line.ts'

const read = (part: object) => {
  const call = readCallLine(JSON.stringify({ ...logLine(), ...part }))
  if (call === null || call === 'unreadable') throw new Error(`this is ${call}`)
  return call
}

test('the time is read as a date, or as milliseconds since 1970 as nginx writes it', () => {
  const line = JSON.stringify({ ...logLine(), time: 0 }).replace('"time":0', '"time":1795647030.472e3')
  const byNumber = readCallLine(line)
  const byDate = read({ time: '2026-11-25T22:50:30.472Z' })
  expect([byNumber, byDate]).toMatchObject([{ time: byDate.time }, { time: new Date(1_795_647_030_472) }])
})

test('a line with a number that is not a time is unreadable', () => {
  const readWith = (time: unknown) => readCallLine(JSON.stringify({ ...logLine(), time }))
  expect([readWith(-1), readWith(9e15), readWith('1795647030472')]).toEqual(Array(3).fill('unreadable'))
})

test('nginx logs only 499 for a client that disconnected before the answer', () => {
  expect(read({ status: 499, error: null }).error).toBe('gateway.client_gone')
  expect(read({ status: 499, error: 'auth.required' }).error).toBe('auth.required')
  expect(read({ status: 200, error: null }).error).toBeNull()
})
