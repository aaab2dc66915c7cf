import { expect, test } from 'vitest'
import { algorithmWords } from './algorithm-words.ts'
import { boardColumns, differingParameters, hasAnswer } from './board-columns.ts'
import { nextRunState, storedRunState } from '../runs/run-state.ts'
import { runWith } from './run.fixture.ts'

const words = algorithmWords([], { on: 'on', off: 'off' })
const cell = (parameters: Record<string, number>, run_id: string | null, service_id = 'one') => ({
  target: { service_id, parameters },
  run_id,
  status: 'queued' as const,
  error: null,
})

test('columns of one algorithm show the parameters in which they differ', () => {
  const cells = [cell({ top_k: 1, size: 5 }, null), cell({ top_k: 3, size: 5 }, null)]
  const columns = boardColumns({ cells }, [], words)
  expect(columns.map(({ letter, name, settings }) => [letter, name, settings])).toEqual([
    ['A', 'one', [{ key: 'top_k', title: 'top_k', value: '1' }]],
    ['B', 'one', [{ key: 'top_k', title: 'top_k', value: '3' }]],
  ])
})

test('the only column of an algorithm shows all its parameters', () => {
  const [column] = boardColumns({ cells: [cell({ a: 1 }, null), cell({}, null, 'two')] }, [], words)
  expect(column?.settings).toEqual([{ key: 'a', title: 'a', value: '1' }])
})

test('a column has the state of its run, once that is known', () => {
  const run = runWith({ status: 'failed', release: 4, error: { code: 'broken', message: 'x', details: {} } })
  const error = { code: 'service.not_ready', message: 'y' }
  const cells = [cell({}, run.id), { ...cell({}, null), status: 'failed' as const, error }]
  expect(boardColumns({ cells }, [storedRunState(run)], words)).toMatchObject([
    { status: 'failed', release: 4, error: { code: 'broken' }, seconds: 1 },
    { status: 'failed', release: null, error: { code: 'service.not_ready' }, seconds: null },
  ])
})

test('a column shows what its run has found so far, and can be compared only after the run has ended', () => {
  const run = runWith({ status: 'running', result: null, finished_at: null, progress: null })
  const outputs = [{ kind: 'text', data: 'so far' }]
  const state = [
    { event: 'progress' as const, data: { progress: 0.5, message: 'half' } },
    { event: 'output' as const, data: { index: 0, outputs } },
  ].reduce(nextRunState, storedRunState(run))
  const [column, waiting] = boardColumns({ cells: [cell({}, run.id), cell({}, 'other')] }, [state], words)
  expect(column).toMatchObject({ progress: 0.5, message: 'half', predictions: [{ index: 0, outputs }] })
  expect(column && hasAnswer(column)).toBe(false)
  expect(waiting).toMatchObject({ status: 'queued', predictions: [] })
})

test('a parameter that is missing in one column counts as different', () => {
  expect(differingParameters([{ parameters: { a: 1, b: 2 } }, { parameters: { b: 2 } }])).toEqual(['a'])
})

test('a column without any output cannot be compared', () => {
  const refused = runWith({ status: 'failed' })
  expect(hasAnswer({ run: null })).toBe(false)
  expect(
    hasAnswer({ run: { ...refused, result: refused.result && { ...refused.result, predictions: [] } } }),
  ).toBe(false)
  expect(hasAnswer({ run: refused })).toBe(false)
  expect(hasAnswer({ run: runWith({ outputs: [{ kind: 'text', data: 'a' }] }) })).toBe(true)
})
