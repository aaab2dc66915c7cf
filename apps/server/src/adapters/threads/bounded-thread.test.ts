import { expect, onTestFinished, test } from 'vitest'
import { BoundedThread } from './bounded-thread.ts'
import type { Hold } from './held-thread.test-source.ts'

const allowedMs = 300

async function startThread() {
  const program = new URL('./held-thread.test-source.ts', import.meta.url)
  const thread = await BoundedThread.start<Hold, 'done', never>(program, 64)
  onTestFinished(() => thread.end())
  return thread
}

test('a thread that a busy machine keeps waiting has exceeded no time', async () => {
  const thread = await startThread()
  expect(await thread.answer(allowedMs * 4, allowedMs)).toEqual({ answer: 'done' })
})

test('a thread that works for ever exceeds its time, also after other requests', async () => {
  const thread = await startThread()
  expect(await thread.answer(0, allowedMs)).toEqual({ answer: 'done' })
  expect(await thread.answer(null, allowedMs)).toEqual({ exceeded: 'time' })
})

test('a thread that is held for ever exceeds its time at last', async () => {
  const thread = await startThread()
  expect(await thread.answer(600_000, 50)).toEqual({ exceeded: 'time' })
})
