import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { releases } from '../releases/releases.tables.ts'
import { runs } from '../runs/runs.tables.ts'
import { openSharesWorld } from './shares.test-world.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
})
afterAll(() => world.close())

/** Sets the schemas of parameters and elements in the current release. */
async function state(parameters: object, input: object = {}): Promise<void> {
  const serving = and(eq(releases.serviceId, 'echo'), eq(releases.number, 2))
  const [row] = await world.db.select().from(releases).where(serving)
  if (!row) throw new Error('no release serves')
  await world.db
    .update(releases)
    .set({ manifest: { ...row.manifest, parameters: { ...parameters }, input: { ...input } } })
    .where(serving)
}
const topK = { properties: { top_k: { type: 'integer', maximum: 10 } }, additionalProperties: false }
const kept = async () => (await world.db.select().from(runs)).length
const refusal = (answer: { statusCode: number; json: () => { error: object } }) => ({
  status: answer.statusCode,
  ...answer.json().error,
})
const tooMuch = (at = '') => ({
  status: 422,
  code: 'request.invalid',
  details: { issues: [{ path: `${at}parameters.top_k`, message: '不能大于 10' }] },
})

test('parameters that break the schema are refused at once with the field, and no run starts', async () => {
  await state(topK)
  const body = { service_id: 'echo', input_data: ['a'], parameters: { top_k: 50 } }
  expect(refusal(await world.send('user', 'POST', '/runs', body))).toMatchObject(tooMuch())
  expect(await kept()).toBe(0)
})

test('so are elements that break the schema', async () => {
  await state({}, { type: 'string', maxLength: 3 })
  const body = { service_id: 'echo', input_data: ['abc', 'abcd'] }
  expect(refusal(await world.send('user', 'POST', '/runs', body))).toMatchObject({
    status: 422,
    details: { issues: [{ path: 'input_data[1]', message: '最多 3 个字符' }] },
  })
  expect(await kept()).toBe(0)
})

test('so are those of a comparison, with their target', async () => {
  await state(topK)
  const targets = [{ service_id: 'echo' }, { service_id: 'echo', parameters: { top_k: 50 } }]
  const body = { input: { input_data: ['a'] }, targets }
  expect(refusal(await world.send('user', 'POST', '/comparisons', body))).toMatchObject(
    tooMuch('targets[1].'),
  )
  expect(await kept()).toBe(0)
})

test('so are those of a visitor, and the run is not counted', async () => {
  await state(topK)
  const { token } = await world.link({ kind: 'stage', target_id: 'echo', may_run: true, max_runs: 3 })
  const guest = world.visitor(token)
  expect(refusal(await guest.run(['a'], { top_k: 50 }))).toMatchObject(tooMuch())
  expect((await guest.send('')).json().runs_left).toBe(3)
  expect(await kept()).toBe(0)
})

test('a visitor’s run takes its place before its values are checked, so that few of one visitor wait for a check', async () => {
  await state({})
  const { token } = await world.link({ kind: 'stage', target_id: 'echo', may_run: true })
  const guest = world.visitor(token)
  await guest.ended((await guest.run(['first'])).json().run_id)
  let passChecks = () => {}
  const mayPass = new Promise<void>((resolve) => (passChecks = resolve))
  const check = vi.spyOn(world.running.schemas, 'check').mockImplementation(async () => {
    await mayPass
    return { broken: [] }
  })
  onTestFinished(() => check.mockRestore())
  const answers = ['one', 'two', 'three', 'four'].map((input) => guest.run([input]))
  expect(refusal(await Promise.race(answers))).toMatchObject({ status: 429, code: 'quota.runs' })
  passChecks()
  const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode)
  expect(statuses.sort()).toEqual([202, 202, 202, 429])
})

test('a run is repeated only if its parameters still fit the schema', async () => {
  await state({})
  const id = await world.start('user', { service_id: 'echo', input_data: ['a'], parameters: { top_k: 50 } })
  await world.ended(id)
  await state(topK)
  expect(refusal(await world.send('user', 'POST', `/runs/${id}/again`))).toMatchObject(tooMuch())
})
