import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processesWontEnd } from '../../adapters/process-runner/process-runner.errors.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import { openServing } from './open-serving.test-setup.ts'

const id = 'switching'
let world: Awaited<ReturnType<typeof openServing>>

beforeEach(async () => {
  world = await openServing(id)
})
afterEach(() => world.close())

test('a deploy whose shared settings cannot be written after the switch is served all the same, and the old release ends', async () => {
  const { paths, deploying, gateway, records, runner } = world
  // The last moment before the switch: the settings have been written once.
  const keep: typeof deploying.examples.keep = async () => {
    await rm(paths.serviceConfig, { recursive: true })
    await writeFile(paths.serviceConfig, 'no folder')
    return { examples: [], coverAssetId: null }
  }
  deploying.examples = { ...deploying.examples, keep }
  const served: (number | null | undefined)[] = []
  gateway.sync = async () => void served.push((await records.services.get(id))?.currentRelease)
  const { id: task } = await world.deploy(id, {})
  await world.settled()
  expect((await world.tasks.get(task))?.task).toMatchObject({ state: 'succeeded' })
  expect(served.at(-1)).toBe(2)
  expect([...(await runner.reports()).keys()]).toEqual([`${id}-r2-1`])
  expect(world.failures).toMatchObject([{ code: 'EEXIST' }])
})

/** The front port of the service and the ports that the ledger keeps for it. */
const fronts = async () => {
  const held = (await world.ports.ports.frontsOf(id)).map(({ port }) => port)
  return { port: (await world.records.services.get(id))?.frontPort, held: held.sort((a, b) => a - b) }
}

test('a front port that a release replaces is released only when the gateway has closed it', async () => {
  const former = (await fronts()).port ?? 0
  const followed: Awaited<ReturnType<typeof fronts>>[] = []
  world.gateway.sync = async () => void followed.push(await fronts())
  await world.deploy(id, { port: 8150 })
  await world.settled()
  expect(followed[0]).toEqual({ port: 8150, held: [former, 8150] })
  expect(await fronts()).toEqual({ port: 8150, held: [8150] })
})

/** What the last step of a task says. */
const lastWords = async (task: string) => (await world.tasks.get(task))?.task.steps.at(-1)?.message

test('if the gateway does not follow the switch, the deploy succeeds and says so, and the former front port is kept until it does', async () => {
  const former = (await fronts()).port ?? 0
  const silent = new Error('the gateway does not answer')
  world.gateway.sync = () => Promise.reject(silent)
  const { id: task } = await world.deploy(id, { port: 8150 })
  await world.settled()
  expect((await world.tasks.get(task))?.task).toMatchObject({ state: 'succeeded' })
  expect(await lastWords(task)).toEqual({
    zh: expect.stringContaining('已切换到版本 #2，但之后的收尾没有完成'),
    en: expect.stringContaining('switched to release #2, but what follows the switch did not succeed'),
  })
  expect(world.failures).toEqual([silent])
  expect(await fronts()).toEqual({ port: 8150, held: [former, 8150] })
  world.gateway.sync = async () => {}
  await world.deploy(id, {})
  await world.settled()
  expect(await fronts()).toEqual({ port: 8150, held: [8150] })
})

test('a former instance that does not end leaves a deploy that succeeds, and everything that belongs after it is done', async () => {
  const { paths, runner, records, deployed } = world
  const remove = runner.remove.bind(runner)
  const stuck = processesWontEnd({ id: `${id}-r1-1`, pids: [42] })
  runner.remove = (one) => (one === `${id}-r1-1` ? Promise.reject(stuck) : remove(one))
  const { id: task } = await world.deploy(id, { port: 8150 })
  await world.settled()
  expect((await world.tasks.get(task))?.task).toMatchObject({ state: 'succeeded' })
  expect((await lastWords(task))?.en).toContain(`(${stuck.message})`)
  expect(await readFile(join(paths.serviceConfig, 'ports.py'), 'utf8')).toContain('8150')
  expect(deployed).toEqual([id, id])
  // The reconciler finds it by its row, and begins `service.adjust`.
  const rows = await records.instanceRows.list(id)
  expect(rows.map((row) => row.id).sort()).toEqual([`${id}-r1-1`, `${id}-r2-1`])
})

test('a package is completed in a step of its own, before its image is made of it', async () => {
  const { deploying, using, tasks } = world
  using.modes = new Set(['docker'])
  let duringBuild: TaskRecord['steps'] | undefined
  let task = ''
  const daemon: typeof deploying.images.daemon = {
    ...deploying.images.daemon,
    build: async () => {
      duringBuild = (await tasks.get(task))?.task.steps
      return { built: false, why: 'failed', said: 'it was asked for' }
    },
  }
  deploying.images = { ...deploying.images, runtimesFolder: world.folder, daemon }
  task = (await world.deploy('in-a-container', { mode: 'docker' })).id
  await world.settled()
  expect(duringBuild?.slice(0, 3)).toMatchObject([
    { name: 'fetch', state: 'succeeded' },
    { name: 'configure', state: 'succeeded', message: { en: expect.stringContaining('start.sh') } },
    { name: 'environment', state: 'running' },
  ])
})
