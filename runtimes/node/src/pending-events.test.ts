import { expect, test } from 'vitest'
import { longestLog, PendingEvents, type PredictionEvent } from './pending-events.ts'

const output = (element: number, data: string): PredictionEvent => ({
  key: `output ${element}`,
  name: 'output',
  data,
})
const line = (number: number, data: string): PredictionEvent => ({ key: `log ${number}`, name: 'log', data })

function allOf(pending: PendingEvents): PredictionEvent[] {
  const all: PredictionEvent[] = []
  for (let event = pending.next(); event; event = pending.next()) all.push(event)
  return all
}

test('a reader that keeps up gets every event, in their order', () => {
  const pending = new PendingEvents()
  const events = [output(0, 'a'), line(1, 'x'), output(0, 'ab')]
  for (const event of events) pending.add(event)
  expect(allOf(pending)).toEqual(events)
  expect(allOf(pending)).toEqual([])
})

test('a reader that is always a little behind keeps nothing that it has read', () => {
  const pending = new PendingEvents()
  for (let at = 0; at < 5; at++) pending.add(line(at, 'x'))
  const read: (string | undefined)[] = []
  let before = 0
  for (let at = 5; at < 100_000; at++) {
    pending.add(line(at, `${at}`))
    read.push(pending.next()?.data)
    before = Math.max(before, pending.kept)
  }
  expect(read.at(-1)).toBe('99994')
  expect(before).toBeLessThan(3_000)
})

test('a reader that is far behind gets the newest output of each element', () => {
  const pending = new PendingEvents()
  const long = 'x'.repeat(10_000)
  for (let at = 0; at < 1_000; at++) pending.add(output(at % 2, `${at} ${long}`))
  const read = allOf(pending)
  expect(read.length).toBeLessThan(150)
  expect(read.slice(-2).map(({ data }) => data.slice(0, 4))).toEqual(['998 ', '999 '])
})

test('a reader that is far behind gets the end of the log', () => {
  const pending = new PendingEvents()
  for (let at = 0; at < 1_000_000; at++) pending.add(line(at, `line ${at}`))
  const read = allOf(pending)
  expect(read.at(-1)?.data).toBe('line 999999')
  expect(read.length).toBeLessThan(20_000)
  expect(read.length).toBeGreaterThan(longestLog / 20)
})
