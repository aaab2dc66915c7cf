import type { Json, Output } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { someFacts } from './facts/run-facts.test-setup.ts'
import { dataOf } from './key-orders.ts'
import { createRunsRepository } from './runs.repository.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

/** An output as it is read again after a run has returned it. */
async function readAgain(returned: Output): Promise<Output> {
  const runs = createRunsRepository(database)
  const person = { createdById: '11111111-1111-4111-8111-111111111111', createdBy: 'someone', linksOf: null }
  const made = { serviceId: 'records', release: 1, commit: null, inputData: ['in'], parameters: {} }
  const { run } = await runs.insert({ ...made, ...person, facts: someFacts })
  const predictions = [{ index: 0, status: 'succeeded' as const, outputs: [returned] }]
  const result = { status: 'succeeded' as const, predictions, metrics: {}, logs: '' }
  await runs.end({ ...run, status: 'succeeded', result, finished_at: new Date().toISOString() })
  const [output] = (await runs.get(run.id))?.run.result?.predictions[0]?.outputs ?? []
  if (!output) throw new Error('the run has one output')
  return output
}

test.each<[string, Json]>([
  [
    'records',
    [
      { 日期: '5-01', units: 12, 地点: '上海', day: 1 },
      { 日期: '5-02', units: 9, 地点: '北京', day: 2 },
    ],
  ],
  ['nested objects', { z: { b: 1, a: [{ y: 1, x: { d: 1, c: 2 } }] }, a: null }],
  ['objects with other keys', [{ b: 1, a: 2 }, { c: 1, b: 2, a: 3 }, { a: 1 }]],
])('the keys of %s are read again in the order of the algorithm', async (_, data) => {
  const stored = await readAgain({ kind: 'json', data })
  expect(JSON.stringify(stored.data)).not.toBe(JSON.stringify(data))
  expect(JSON.stringify(dataOf(stored))).toBe(JSON.stringify(data))
})

test('nothing is added where the database keeps the order, nor to a kind whose keys are its own', async () => {
  const kept = { kind: 'json', data: [{ a: 1, b: 2, c长: 3 }] }
  expect(await readAgain(kept)).toEqual(kept)
  const label = { kind: 'classification', data: [{ score: 1, label: 'a' }] }
  expect(await readAgain({ ...label, key_orders: [['score', 'label']] })).toEqual(label)
})

test('of very many orders the first are kept', async () => {
  const data = Array.from({ length: 80 }, (_, at) => ({ [`b${at}`]: 1, [`a${at}`]: 2 }))
  const stored = await readAgain({ kind: 'json', data })
  const again = JSON.stringify(dataOf(stored))
  expect(stored.key_orders).toHaveLength(50)
  expect(again).toContain('{"b49":1,"a49":2},{"a50":2,"b50":1}')
})
