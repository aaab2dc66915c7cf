// @vitest-environment happy-dom
import type { LogLine } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { keptLines } from './log-lines.ts'
import { wholeLog } from './log-query.ts'
import { useLog } from './use-log.ts'
import { useLogLines } from './use-log-lines.ts'

const lineOf = (text: string): LogLine => ({
  ts: null,
  stream: 'stdout',
  replica: 1,
  level: null,
  text,
  fields: null,
})

class Source extends EventTarget {
  static opened: Source[] = []
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  constructor() {
    super()
    Source.opened.push(this)
  }
  close() {
    this.closed = true
  }
  lines(...texts: string[]) {
    for (const text of texts)
      this.dispatchEvent(new MessageEvent('line', { data: JSON.stringify(lineOf(text)) }))
  }
  /** The connection is made, and the lines from before it are sent. */
  sends(...texts: string[]) {
    this.onopen?.()
    this.lines(...texts)
    this.dispatchEvent(new MessageEvent('caught_up', { data: '{"searched_to_start":true}' }))
  }
}
const newest = () => {
  const source = Source.opened.at(-1)
  if (source === undefined) throw new Error('nothing was opened')
  return source
}

let scope: EffectScope
const opened = () => {
  const choice = ref(wholeLog())
  const log = scope.run(() => useLog('cats', choice))
  if (log === undefined) throw new Error('the scope has ended')
  return { choice, log, shown: () => log.lines.value.map(({ text }) => text) }
}
/** What is drawn in batches, and typing that has come to rest. */
const settled = async () => {
  await nextTick()
  vi.advanceTimersByTime(1000)
  await nextTick()
}

beforeEach(() => {
  Source.opened = []
  vi.stubGlobal('EventSource', Source)
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('what is written while a log is paused waits and is counted until it goes on', async () => {
  const { log, shown } = opened()
  newest().sends('a')
  log.paused.value = true
  newest().lines('b', 'c')
  await settled()
  expect([shown(), log.waiting.value]).toEqual([['a'], 2])
  log.paused.value = false
  await settled()
  expect([shown(), log.waiting.value]).toEqual([['a', 'b', 'c'], 0])
})

test('a search in a paused log shows what it finds', async () => {
  const { choice, log, shown } = opened()
  newest().sends('a')
  log.paused.value = true
  choice.value.q = 'found'
  await settled()
  newest().sends('found 1', 'found 2')
  newest().lines('found 3')
  await settled()
  expect([shown(), log.waiting.value]).toEqual([['found 1', 'found 2'], 1])
})

test('a connection that is made again takes no line away from a paused log', async () => {
  const { log, shown } = opened()
  newest().sends('a', 'b')
  log.paused.value = true
  newest().onerror?.()
  vi.advanceTimersByTime(60_000)
  newest().sends('b', 'c')
  newest().lines('d')
  await settled()
  expect([Source.opened.length, shown(), log.waiting.value]).toEqual([2, ['a', 'b'], 1])
  log.paused.value = false
  await settled()
  expect(shown()).toEqual(['b', 'c', 'd'])
  const numbers = log.lines.value.map(({ number }) => number)
  expect(numbers).toEqual([3, 4, 5])
})

test('what is shown stays until a connection that is made again has sent all of the last lines', async () => {
  const { shown } = opened()
  newest().sends('a', 'b')
  newest().onerror?.()
  vi.advanceTimersByTime(60_000)
  newest().onopen?.()
  newest().lines('b')
  await settled()
  expect(shown()).toEqual(['a', 'b'])
  newest().sends('b', 'c')
  expect(shown()).toEqual(['b', 'c'])
})

test('a paused log keeps no more lines than one that is followed, and counts them all', async () => {
  const log = scope.run(() => useLogLines())
  if (log === undefined) throw new Error('the scope has ended')
  log.caughtUp()
  log.paused.value = true
  const count = 2 * keptLines + 5
  for (let number = 0; number < count; number += 1) log.take(lineOf(String(number)))
  await settled()
  expect(log.waiting.value).toBe(count)
  log.paused.value = false
  await settled()
  expect([log.lines.value.length, log.lines.value.at(-1)?.text]).toEqual([keptLines, String(count - 1)])
})

test('a search that was typed just before the page is left opens nothing any more', async () => {
  const { choice } = opened()
  choice.value.q = 'found'
  await nextTick()
  scope.stop()
  await settled()
  expect(Source.opened.map(({ closed }) => closed)).toEqual([true])
})
