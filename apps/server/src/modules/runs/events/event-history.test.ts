import { expect, test } from 'vitest'
import { parsePredictEvent, type RunEvent } from './run-events.ts'
import { RunHistory } from './event-history.ts'

const output = (index: number, ...names: (string | undefined)[]): RunEvent => ({
  event: 'output',
  data: { index, outputs: names.map((name) => ({ ...(name && { name }), kind: 'text', data: 'x' })) },
})
const progress = (part: number, index?: number): RunEvent => ({
  event: 'progress',
  data: { progress: part, ...(index !== undefined && { index }) },
})
const log = (text: string): RunEvent => ({ event: 'log', data: { stream: 'stdout', text } })

const after = (...events: RunEvent[]): RunEvent[] => {
  const history = new RunHistory()
  for (const event of events) history.add(event)
  return [...history]
}

test('the newest output of each name is kept for each element', () => {
  const [first, second] = [output(0, 'tracks'), output(0, 'tracks')]
  expect(after(first, second)).toEqual([second])
  expect(after(output(0, 'tracks'), output(1, 'tracks'), output(0, 'count'))).toHaveLength(3)
})

test('an output that is only partly replaced stays', () => {
  expect(after(output(0, 'tracks', 'count'), output(0, 'count'))).toHaveLength(2)
  expect(after(output(0, 'count'), output(0, 'tracks', 'count'))).toHaveLength(1)
})

test('outputs without a name replace each other', () => {
  expect(after(output(0, undefined), output(0, undefined))).toHaveLength(1)
})

test('the newest progress of each element is kept', () => {
  expect(after(progress(0.1), progress(0.2, 0), progress(0.3), progress(0.4, 0))).toEqual([
    progress(0.3),
    progress(0.4, 0),
  ])
})

test('the oldest lines of a very long log are dropped', () => {
  const events = after(
    output(0, 'tracks'),
    ...Array.from({ length: 100 }, (_unused, n) => log(`${n}`.padEnd(1000))),
  )
  expect(events[0]).toEqual(output(0, 'tracks'))
  expect(events).toHaveLength(1 + 65)
  expect(events.at(-1)).toEqual(log('99'.padEnd(1000)))
})

test('however many events there are, the newest 2,000 are kept', () => {
  expect(after(...Array.from({ length: 2_500 }, (_unused, n) => output(n, 'a')))).toHaveLength(2_000)
})

test('outputs are kept as long as their values together take little memory', () => {
  const large = (index: number): RunEvent => {
    const event = parsePredictEvent('output', JSON.stringify({ index, outputs: [] }), 6 * 1024 ** 2)
    if (!event) throw new Error('the protocol has outputs')
    return event
  }
  const outputs = Array.from({ length: 5 }, (_, index) => large(index))
  expect(after(progress(0.5), ...outputs)).toEqual([progress(0.5), ...outputs.slice(-2)])
  const newer = Array.from({ length: 5 }, () => large(0))
  expect(after(output(9, 'a'), ...newer)).toEqual([output(9, 'a'), ...newer.slice(-1)])
})
