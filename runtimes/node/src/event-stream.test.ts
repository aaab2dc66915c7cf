import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Answers } from './answers.ts'
import { streamEvents } from './event-stream.ts'
import { Job } from './job.ts'
import { Prediction } from './prediction.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const answers: Answers = {
  refused: () => ({ status: 422, body: '{}' }),
  completed: () => ({ status: 200, body: '{}' }),
}

const newJob = () => new Job('id', null, ['element'], { key: '', values: {} }, 'en', '')

it('keeps nothing for a caller that has left before its stream begins, and cancels its run', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  response.destroy()
  const job = newJob()
  streamEvents(answers, new Prediction(job, 0, 0), {}, response)
  expect(vi.getTimerCount()).toBe(0)
  expect(job.cancelled).toBe(true)
})

it('keeps a timer for a caller that is there, until it leaves', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const job = newJob()
  streamEvents(answers, new Prediction(job, 0, 0), {}, response)
  expect([vi.getTimerCount(), job.cancelled]).toEqual([1, false])
  response.emit('close')
  expect([vi.getTimerCount(), job.cancelled]).toEqual([0, true])
})

it('buffers little for a caller that does not read, and sends it the newest output when it does', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const job = newJob()
  streamEvents(answers, new Prediction(job, 0, 0), {}, response)
  for (let at = 0; at < 1_000; at++) job.listener?.('output', 0, `${at} ${'x'.repeat(10_000)}`)
  expect(response.writableLength).toBeLessThan(100_000)
  const sent: string[] = []
  vi.spyOn(response, 'write').mockImplementation((chunk: unknown) => sent.push(String(chunk)) > 0)
  vi.spyOn(response, 'writableNeedDrain', 'get').mockReturnValue(false)
  response.emit('drain')
  expect(sent.length).toBeLessThan(150)
  expect(sent.at(-1)).toContain('data: 999 ')
  response.emit('close')
})
