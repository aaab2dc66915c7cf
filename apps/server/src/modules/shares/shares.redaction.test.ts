import { expect, test } from 'vitest'
import type { ComparisonRecord } from '../comparisons/comparisons.state.ts'
import type { RunRecord } from '../runs/run-record.ts'
import type { Stage } from '@vitrine/contract'
import { redactionFor, shownComparison, shownStage } from './shares.redaction.ts'

const secret = 'planted-secret'
/** Adds an unknown field to every object in a value. */
function grown<T>(value: T): T
function grown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => grown(each))
  if (typeof value !== 'object' || value === null) return value
  return {
    ...Object.fromEntries(Object.entries(value).map(([name, each]) => [name, grown(each)])),
    field_of_tomorrow: secret,
  }
}

const at = '2026-01-31T08:00:00.000Z'
const words = { zh: '出错', en: 'went wrong' }
const run: RunRecord = {
  id: '11111111-1111-4111-8111-111111111111',
  service_id: 'echo',
  release: 1,
  commit: secret,
  status: 'failed',
  progress: 1,
  progress_message: null,
  input_data: ['a'],
  parameters: {},
  result: {
    id: 'x',
    status: 'partial',
    predictions: [
      { index: 0, status: 'succeeded', outputs: [{ kind: 'text', data: 'b' }] },
      {
        index: 1,
        status: 'failed',
        outputs: [],
        error: {
          code: 'input.invalid',
          message: 'no',
          details: { issues: [{ path: 'a', message: 'b' }], secret },
        },
      },
    ],
    metrics: {},
    logs: secret,
  },
  error: {
    code: 'run.instance_unreachable',
    message: { zh: secret, en: secret },
    details: { cause: secret },
  },
  unkept_files: [{ name: 'a.txt', reason: words }],
  logs: secret,
  created_by: secret,
  created_at: at,
  started_at: at,
  finished_at: at,
}
const { shownRun, shownEvent } = redactionFor((id) => `/s/${id}/`)

/**
 * Inputs, parameters and metrics are the algorithm's data and are shown as they are, so nothing is added
 * inside them.
 */
const grownRun: RunRecord = {
  ...grown(run),
  input_data: ['a'],
  parameters: {},
  result: run.result && { ...grown(run.result), metrics: {} },
}

test('a field that runs get in the future is not shown by a link', () => {
  expect(JSON.stringify(shownRun(grownRun))).not.toContain(secret)
  expect(shownRun(grownRun).result?.predictions[1]?.error?.details).toEqual({
    issues: [{ path: 'a', message: 'b' }],
  })
})

test('nor by its events', () => {
  const data = grownRun.result
  if (!data) throw new Error('no result')
  const events = [
    shownEvent({ event: 'status', data: grownRun }, run),
    shownEvent({ event: 'completed', data }, run),
    shownEvent({ event: 'output', data: grown({ index: 0, outputs: [{ kind: 'text', data: 'b' }] }) }, run),
    shownEvent({ event: 'progress', data: grown({ index: 0, progress: 1, message: null }) }, run),
    shownEvent({ event: 'start', data: grown({ id: 'x', batch_id: null }) }, run),
    shownEvent({ event: 'log', data: { stream: 'stderr', text: secret } }, run),
  ]
  expect(JSON.stringify(events)).not.toContain(secret)
})

test('nor by a comparison', () => {
  const comparison: ComparisonRecord = {
    id: run.id,
    title: 'T',
    status: 'failed',
    input_data: ['a'],
    cells: [
      {
        target: { service_id: 'echo', parameters: {} },
        run_id: run.id,
        status: 'failed',
        error: { code: 'port.taken', message: { zh: secret, en: secret } },
      },
    ],
    created_by: secret,
    created_at: at,
  }
  const [cell] = grown(comparison).cells
  const cells = cell ? [{ ...cell, target: { ...cell.target, parameters: {} } }] : []
  expect(JSON.stringify(shownComparison({ ...grown(comparison), cells }))).not.toContain(secret)
})

test('nor by a stage', () => {
  const stage: Stage = {
    service_id: 'echo',
    name: 'Echo',
    description: '',
    line: '',
    story: '',
    tags: [],
    status: 'FATAL',
    health: 'UNKNOWN',
    reason: secret,
    release: 1,
    url: secret,
    path: secret,
    auth: 'required',
    way: 'page',
    page: { path: secret, own_url: secret, front: null, auth: 'required', framed: true },
    mapped: true,
    operation: null,
    own_server: true,
    asleep: false,
    may_present: true,
    may_map: true,
    manifest: {
      id: 'echo',
      name: 'Echo',
      version: '1',
      description: '',
      task: 'other',
      runtime: 'python',
      form: 'single-file',
      entry: secret,
      input: {},
      parameters: {},
      output: {},
      examples: [{ name: secret, input_data: [secret] }],
      health: { path: '/health', startup_timeout_s: 60, interval_s: 10 },
      resources: {},
      concurrency: 1,
      batch: { max_size: 1, max_wait_ms: 5 },
      env: ['SECRET'],
      quality: [],
      cover: null,
    },
    examples: [{ name: 'a', input_data: ['a'], parameters: {}, preview_asset_id: null }],
    samples: [{ example: 0, run_id: run.id }],
  }
  const { manifest } = stage
  const tomorrow: Stage = {
    ...grown(stage),
    manifest: {
      ...grown(manifest),
      input: {},
      parameters: {},
      output: {},
    },
    examples: stage.examples.map((example) => ({ ...grown(example), parameters: {} })),
  }
  expect(JSON.stringify(shownStage(tomorrow))).not.toContain(secret)
})
