import type { PredictResponse, Run } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import {
  isFinished,
  newRunState,
  nextRunState,
  runSeconds,
  totalSeconds,
  type RunEvent,
  type RunState,
} from './run-state.ts'

const id = '10000000-0000-4000-8000-000000000001'
const answer: PredictResponse = {
  status: 'succeeded',
  predictions: [{ index: 0, status: 'succeeded', outputs: [{ kind: 'text', data: 'good' }] }],
  metrics: {},
  logs: '',
}
const run = (change: Partial<Run>): Run => ({
  id,
  service_id: 'text-classify',
  release: 1,
  commit: null,
  status: 'running',
  progress: null,
  progress_message: null,
  input_data: ['x'],
  parameters: {},
  result: null,
  error: null,
  unkept_files: [],
  logs: '',
  created_by: 'u',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: '2026-01-01T00:00:01.000Z',
  finished_at: null,
  ...change,
})
const status = (change: Partial<Run>): RunEvent => ({ event: 'status', data: run(change) })
const completed: RunEvent = { event: 'completed', data: answer }
const after = (...events: RunEvent[]): RunState => events.reduce(nextRunState, newRunState(id))
const finished = { status: 'succeeded', result: answer, finished_at: '2026-01-01T00:00:02.500Z' } as const

describe('the state of a run', () => {
  test('follows progress, partial outputs and log while it is running', () => {
    const state = after(
      { event: 'start', data: { id } },
      { event: 'progress', data: { progress: 0.4, message: 'frame 40 of 100' } },
      { event: 'progress', data: { progress: 0.5 } },
      { event: 'output', data: { index: 0, outputs: [{ kind: 'text', data: 'first' }] } },
      { event: 'output', data: { index: 0, outputs: [{ kind: 'text', data: 'better' }] } },
      { event: 'log', data: { stream: 'stdout', text: 'a' } },
      { event: 'log', data: { stream: 'stderr', text: 'b\n' } },
    )
    expect(state).toMatchObject({
      status: 'running',
      progress: 0.5,
      message: 'frame 40 of 100',
      logs: 'a\nb\n',
    })
    expect([...state.outputs]).toEqual([[0, [{ kind: 'text', data: 'better' }]]])
  })

  test('is the same whether the answer or the stored run comes first', () => {
    const one = after(status({}), completed, status(finished))
    const other = after(status({}), status(finished), completed)
    expect(one).toEqual(other)
    expect(one).toMatchObject({ status: 'succeeded', result: answer, run: { status: 'succeeded' } })
  })

  test('shows the answer before the run is stored as finished', () => {
    const state = after(status({}), completed)
    expect(state).toMatchObject({ status: 'succeeded', result: answer, run: { status: 'running' } })
  })

  test('never goes back from finished to running, whatever arrives late', () => {
    const late: RunEvent[] = [
      status({ progress: 0.2 }),
      { event: 'start', data: { id } },
      { event: 'progress', data: { progress: 0.3 } },
      { event: 'output', data: { index: 0, outputs: [] } },
      { event: 'log', data: { stream: 'stdout', text: 'late' } },
    ]
    expect(late.reduce(nextRunState, after(status(finished)))).toEqual(after(status(finished)))
  })

  test('stays cancelled, without a result, even if the algorithm still answers', () => {
    const state = after(status({}), status({ status: 'cancelled' }), completed)
    expect(state).toMatchObject({ status: 'cancelled', result: null })
  })

  test('does not repeat the log when the stream is opened again and sends all events again', () => {
    const told: RunEvent[] = [
      { event: 'connected' },
      status({ logs: '' }),
      { event: 'log', data: { stream: 'stdout', text: 'one' } },
      { event: 'log', data: { stream: 'stdout', text: 'two' } },
    ]
    const snapshot = status({ logs: 'one\n' })
    expect(after(snapshot, ...told, ...told).logs).toBe('one\ntwo\n')
    expect(after(...told, snapshot).logs).toBe('one\ntwo\n')
  })

  test('keeps progress and message when a snapshot lacks them', () => {
    const state = after({ event: 'progress', data: { progress: 0.6, message: 'halfway' } }, status({}))
    expect(state).toMatchObject({ progress: 0.6, message: 'halfway' })
  })

  test('keeps the log of a finished run when its stream is opened again', () => {
    expect(nextRunState(after(status({ ...finished, logs: 'a\n' })), { event: 'connected' }).logs).toBe('a\n')
  })

  test('has the stored log once the run has ended, even if the stream repeated lines', () => {
    const state = after(
      { event: 'log', data: { stream: 'stdout', text: 'a\na\n' } },
      status({ ...finished, logs: 'a\n' }),
    )
    expect(state.logs).toBe('a\n')
  })

  test('keeps the error of a failed run', () => {
    const error = { code: 'run.timeout', message: 'too slow', details: {} }
    expect(after(status({ status: 'failed', error })).run?.error).toEqual(error)
  })
})

test('a run is finished in every state but queued and running', () => {
  const states = ['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const
  expect(states.filter((state) => !isFinished(state))).toEqual(['queued', 'running'])
})

test('the duration of a run goes from its start to its end, and is unknown while it is running', () => {
  expect(runSeconds(run(finished))).toBe(1.5)
  expect(runSeconds(run({}))).toBeNull()
  expect(runSeconds(run({ ...finished, started_at: null }))).toBeNull()
})

test('a run takes no less than its algorithm has computed, and with its waiting no less than without', () => {
  expect([runSeconds(run(finished)), totalSeconds(run(finished))]).toEqual([1.5, 2.5])
  const computed = (predict_time: number) =>
    run({ ...finished, result: { ...answer, metrics: { predict_time } } })
  expect([runSeconds(computed(1.75)), totalSeconds(computed(1.75))]).toEqual([1.75, 2.5])
  expect(totalSeconds(computed(2.75))).toBe(2.75)
  expect(totalSeconds(run({}))).toBeNull()
})
