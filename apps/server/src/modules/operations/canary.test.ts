import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Json } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createConfigCanaries } from '../configs/canaries/canaries.repository.ts'
import { serviceScope } from '../configs/scopes/config-scope.ts'
import { createConfigsRepository } from '../configs/configs.repository.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { addInstance } from '../instances/instances.usecases.ts'
import { knownInstance } from '../instances/known-instance.ts'
import { beginCanary } from './begin-canary.ts'
import { openOperationsWorld, processesOf } from './operations.test-world.ts'

const id = 'a'
type Opened = Awaited<ReturnType<typeof openOperationsWorld>>
let world: Opened['world']
let deps: Opened['deps']
let instanceRows: Opened['instanceRows']
let seen: Opened['seen']

beforeEach(async () => {
  ;({ world, deps, instanceRows, seen } = await openOperationsWorld(id))
})
afterEach(async () => {
  await deps.runner.close()
  await world.close()
})

const actor = testActor('admin')
const ended = async (taskId: string) => {
  await deps.runner.settled(taskId)
  return (await deps.tasks.get(taskId))?.task
}
const seal = (value: Json) => `sealed ${JSON.stringify(value)}`
const valueOf = (key: string, value: Json, secret = false) => ({
  scope: serviceScope(id),
  key,
  value,
  secret,
  description: '',
  base: 0,
  ...(secret && { sealing: 'seal' as const }),
})
const begin = (values: ReturnType<typeof valueOf>[]) =>
  beginCanary(
    { inTransaction: deploymentTransactions(world.db), runner: deps.runner },
    { actor, serviceId: id, reason: 'tried', values, published: [], seal },
  )
test('a canary that an end of the control plane interrupts after its switch only ends the former instances', async () => {
  const configs = createConfigsRepository(world)
  const [author, now] = [{ id: actor.id, name: actor.name }, new Date()]
  const revision = await configs.write({ author, reason: '', now, values: [valueOf('env.MODE', 'fast')] })
  if (revision === null) throw new Error('nothing was stored')
  await deps.services.raiseConfigRevision(id, revision)
  const [row] = await instanceRows.insert({ serviceId: id, number: 2 }, [
    { replica: 1, mode: 'local', limits: {}, network: 'all', onTrial: false, configRevision: revision },
  ])
  const release = await deps.releases.get(id, 2)
  if (!row || !release) throw new Error('nothing was made')
  await addInstance(world.instances, knownInstance(row, release))
  const task = await deps.runner.start({
    kind: 'service.canary',
    serviceId: id,
    input: { service_id: id, number: revision, author, reason: '', published: [] },
    createdBy: actor,
  })
  expect(await ended(task.id)).toMatchObject({ state: 'succeeded', result: { service_id: id, revision } })
  expect(await processesOf(world)).toEqual(['a-r2-2'])
  expect(await configs.newest()).toBe(revision)
})

test('a canary that has switched counts, also if its former instances cannot be ended', async () => {
  seen.isGatewayDown = true
  const task = await ended((await begin([valueOf('env.MODE', 'fast')])).id)
  const revision = await createConfigsRepository(world).newest()
  expect(revision).toBeGreaterThan(0)
  expect(task).toMatchObject({ state: 'failed', result: { service_id: id, revision } })
  expect(await deps.services.get(id)).toMatchObject({ configRevision: revision })
  expect(
    (await createConfigsRepository(world).values([serviceScope(id)])).map((row) => row.configValue),
  ).toEqual(['fast'])
})

test('of a canary that fails nothing stays but its secrets, which are hidden in logs, and these only within bounds', async () => {
  await world.breakRelease(id, 2)
  const canaries = createConfigCanaries(world)
  const rows = async () =>
    (
      await world.db.execute<{ config_key: string; ended: boolean }>(
        'select config_key, ended from config_canaries',
      )
    ).rows
  for (const name of ['A', 'B', 'C']) {
    const random = Array.from({ length: 40 }, (_none, at) =>
      valueOf(`env.${name}${at}`, randomBytes(45_000).toString('base64'), true),
    )
    const failed = await ended((await begin([valueOf('env.MODE', 'x'), ...random])).id)
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'service.start_failed' } })
  }
  const left = await rows()
  expect(left.filter(({ config_key: key, ended: hasEnded }) => key === 'env.MODE' || !hasEnded)).toEqual([])
  const kept = new Set(left.map(({ config_key: key }) => key.slice(4, 5)))
  // The newest are kept, and the oldest are forgotten in part.
  expect([kept.has('C'), kept.has('B'), left.length < 120]).toEqual([true, true, true])
  expect(await createConfigsRepository(world).values([serviceScope(id)])).toEqual([])
  expect(await canaries.values(1)).toEqual([])
})
