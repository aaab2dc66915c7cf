import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBus } from '../../lib/bus.ts'
import type { Words } from '../../lib/words.ts'
import { codeHostIn } from '../algorithms/code-host.test-setup.ts'
import { environmentFailed } from '../environments/environments.errors.ts'
import { addReleaseRoutes } from '../releases/releases.routes.ts'
import { releases } from '../releases/releases.tables.ts'
import { someFacts } from '../runs/facts/run-facts.test-setup.ts'
import { answerNotUnderstood } from '../runs/runs.errors.ts'
import { runs } from '../runs/runs.tables.ts'
import { addServiceStatusRoutes } from '../service-status/service-status.routes.ts'
import { startFailed } from '../services/services.errors.ts'
import { testOptions } from '../services/stored-service.test-setup.ts'
import { addShowcaseRoutes } from '../showcase/showcase.routes.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { addTaskRoutes } from '../tasks/tasks.routes.ts'
import { tasks } from '../tasks/tasks.tables.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openSharesWorld } from './shares.test-world.ts'

/** Stands for what a traceback, a command or a path may reveal. */
const secret = 'planted-secret'
const said: Words = { zh: `失败 /opt/${secret}/main.py`, en: `failed: uv pip install --index ${secret}` }

let world: Awaited<ReturnType<typeof openSharesWorld>>
const ids = { service: 'broken', deploy: '', batch: '', run: '', comparison: '' }

beforeAll(async () => {
  world = await openSharesWorld()
  const { app, db, deps, running } = world
  addServiceStatusRoutes(app, deps.showcase.services)
  addReleaseRoutes(app, {
    ...running,
    buildLogOf: () => '/nonexistent',
    codeHost: codeHostIn(world.paths.repositories),
  })
  addShowcaseRoutes(app, deps.showcase)
  const bus = createBus<TaskChanged>()
  addTaskRoutes(app, { tasks: deps.showcase.services.tasks, runner: world.taskRunner, bus })
  await world.addService('echo', { starts: false })
  const [sample] = await db.select().from(releases)
  if (!sample) throw new Error('no release')
  const owner = testActor('user')
  await running.services.insert({
    id: ids.service,
    name: 'Broken',
    algorithmId: 'echo',
    desired: 'running',
    mode: 'local',
    options: testOptions,
    ownerId: owner.id,
    ownerName: owner.name,
  })
  await db.insert(releases).values({
    serviceId: ids.service,
    number: 1,
    commit: 'c',
    manifest: sample.manifest,
    config: sample.config,
    status: 'failed',
    failure: said,
    createdBy: owner.name,
  })
  const lines = [`File "/opt/${secret}/main.py", line 3`]
  const installing = environmentFailed({ cause: null, may_pass: true, command: secret, lines })
  const starting = startFailed({ service_id: ids.service, reason: said, lines })
  const wordsOf = (error: typeof installing) => ({ zh: error.messageIn('zh'), en: error.messageIn('en') })
  const made = { createdById: owner.id, createdBy: owner.name, state: 'failed' as const }
  const step = { name: 'environment' as const, state: 'failed' as const, started_at: null, finished_at: null }
  const rows = await db
    .insert(tasks)
    .values([
      {
        ...made,
        kind: 'service.deploy',
        serviceId: ids.service,
        input: {},
        steps: [{ ...step, message: said }],
        error: { code: installing.code, message: wordsOf(installing), details: installing.details },
      },
      {
        ...made,
        kind: 'service.batch',
        input: { action: 'start', service_ids: [] },
        steps: [],
        result: {
          items: [
            {
              service_id: ids.service,
              ok: false,
              error: { code: starting.code, message: wordsOf(starting) },
            },
          ],
        },
      },
    ])
    .returning()
  ids.deploy = rows[0]?.id ?? ''
  ids.batch = rows[1]?.id ?? ''
  const broken = answerNotUnderstood({ service_id: 'echo', http_status: 500, body: `Traceback ${secret}` })
  const [run] = await db
    .insert(runs)
    .values({
      serviceId: 'echo',
      status: 'failed',
      inputData: ['a'],
      inputBytes: 5,
      parameters: {},
      error: { code: broken.code, message: wordsOf(broken), details: broken.details },
      createdById: owner.id,
      createdBy: owner.name,
      finishedAt: new Date(),
      facts: someFacts,
    })
    .returning()
  ids.run = run?.id ?? ''
  const comparison = await deps.comparisons.comparisons.insert({
    title: 'T',
    inputData: ['a'],
    createdById: owner.id,
    createdBy: owner.name,
    cells: [{ target: { service_id: 'echo', parameters: {} }, run_id: ids.run }],
  })
  ids.comparison = comparison.id
})
afterAll(() => world.close())

/** The places to read, each with whether it quotes a process to people who may read logs. */
const places = (): string[] => [
  '/services',
  `/services/${ids.service}`,
  `/services/status/${ids.service}`,
  `/services/${ids.service}/releases`,
  '/tasks',
  `/tasks/${ids.deploy}`,
  `/tasks/${ids.batch}`,
  `/tasks/${ids.deploy}/events`,
  '/runs',
  `/runs/${ids.run}`,
  `/runs/${ids.run}/events`,
  '/comparisons',
  `/comparisons/${ids.comparison}`,
  `/comparisons/${ids.comparison}/events`,
]
const read = (role: string, path: string, language = 'en') =>
  world.app.inject({
    url: `/api/v1${path}`,
    headers: {
      'x-test-role': role,
      'accept-language': language,
      ...(path.endsWith('/events') && { accept: 'text/event-stream' }),
    },
  })

test('people who may read logs see the cause everywhere', async () => {
  for (const path of places()) {
    const answer = await read('user', path)
    expect([path, answer.statusCode, answer.body.includes(secret)]).toEqual([path, 200, true])
  }
})

// The viewer sees all services, but only their own runs and tasks. The key reads everything that its owner
// made.
test.each(['viewer', 'reading-key'])(
  'a %s sees no traceback, command or path, in either language',
  async (role) => {
    for (const path of places())
      for (const language of ['zh', 'en']) {
        const answer = await read(role, path, language)
        expect([path, answer.statusCode]).toEqual([path, expect.toBeOneOf([200, 404])])
        expect([path, answer.body.includes(secret)]).toEqual([path, false])
      }
  },
)

test('but sees what happened, as a code and a sentence', async () => {
  const task = (await read('reading-key', `/tasks/${ids.deploy}`)).json()
  expect(task.error).toEqual({
    code: 'deploy.environment_failed',
    message: 'Installing the dependencies failed',
    details: {},
  })
  expect(task.steps).toMatchObject([{ name: 'environment', state: 'failed', message: null }])
  const run = (await read('reading-key', `/runs/${ids.run}`, 'zh')).json()
  expect(run.error).toMatchObject({
    code: 'run.answer_not_understood',
    message: '服务的响应不符合协议',
    details: {},
  })
  const shown = (await read('viewer', `/services/${ids.service}`)).json()
  expect(shown).toMatchObject({ status: 'FATAL', reason: expect.stringContaining('failed to deploy') })
})

test('a visitor of a link sees none of it', async () => {
  for (const [kind, target_id] of [
    ['run', ids.run],
    ['comparison', ids.comparison],
  ]) {
    const { token } = await world.link({ kind, target_id })
    const answer = await world.visitor(token).send('')
    expect([kind, answer.statusCode, answer.body.includes(secret)]).toEqual([kind, 200, false])
  }
})
