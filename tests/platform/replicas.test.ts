import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody, type Service } from '@vitrine/contract'
import { pathExists } from '../../apps/server/src/lib/path-exists.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop, type RequestLoop } from '../support/request-loop.ts'
import { whoAmI } from './packages.ts'

const longTest = 240_000
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const byFrontPort = ({ front_port: port }: Service) =>
  fetch(`http://127.0.0.1:${port}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
    body: JSON.stringify({ input_data: ['x'] }),
  })

/** Sends requests by the path and by the front port, and records which instances answered. */
function load(service: Service, mark = 'process') {
  const seen = new Set<string>()
  const isGood = (body: string) => {
    const instance = new RegExp(`${mark}:([\\w-]+)`).exec(body)?.[1]
    if (instance !== undefined) seen.add(instance)
    return instance !== undefined
  }
  const loops: RequestLoop[] = [
    requestLoop(() => admin.predict(service.id, ['x']), isGood),
    requestLoop(() => byFrontPort(service), isGood),
  ]
  return {
    seen,
    answered: (more: number) => Promise.all(loops.map((loop) => loop.answered(more))),
    failures: async () =>
      (await Promise.all(loops.map((loop) => loop.stop()))).flatMap((end) => end.failures),
  }
}

const instancesOf = async (id: string) => (await admin.service(id)).instances
const pidsOf = async (id: string) => (await instancesOf(id)).map(({ pid }) => pid)
const idsOf = async (id: string) => (await instancesOf(id)).map((instance) => instance.id)

test(
  'one instance becomes three and then one again under load: no request fails, all three answer, and the first keeps running',
  async () => {
    const service = await admin.publish('scaled', whoAmI())
    const [first] = await instancesOf('scaled')
    const loops = load(service)
    await loops.answered(5)
    expect(await admin.change('scaled', { replicas: 3 })).toMatchObject({ state: 'succeeded' })
    const three = await idsOf('scaled')
    expect(three).toHaveLength(3)
    loops.seen.clear()
    await expect.poll(() => [...loops.seen].sort()).toEqual([...three].sort())
    expect(await admin.change('scaled', { replicas: 1 })).toMatchObject({ state: 'succeeded' })
    loops.seen.clear()
    await loops.answered(10)
    expect([await pidsOf('scaled'), [...loops.seen]]).toEqual([[first?.pid], [first?.id]])
    expect(await loops.failures()).toEqual([])
    const logs = await readdir(join(platform.dataFolder, 'services', 'logs'))
    expect(logs).toEqual(expect.arrayContaining(['scaled.log', 'scaled.2.log', 'scaled.3.log']))
  },
  longTest,
)

test(
  'a restart of three instances under load takes one at a time and fails no request',
  async () => {
    const service = await admin.publish('rolled', whoAmI())
    await admin.change('rolled', { replicas: 3 })
    const before = await pidsOf('rolled')
    const loops = load(service)
    await loops.answered(5)
    expect(await admin.operate('restart', 'rolled')).toMatchObject({ state: 'succeeded' })
    await loops.answered(5)
    expect(await loops.failures()).toEqual([])
    const after = await pidsOf('rolled')
    expect(after).toHaveLength(3)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
  },
  longTest,
)

const hasSupervisor = await access('/usr/bin/supervisord').then(
  () => true,
  () => false,
)
const missing = hasSupervisor ? '' : ' (skipped: supervisord is not installed)'

test.skipIf(!hasSupervisor)(
  `a service goes from the local runner to supervisor and back under load without a failed request${missing}`,
  async () => {
    const service = await admin.publish('moved', whoAmI())
    expect(service.mode).toBe('local')
    // The other runner is started only when a service uses it.
    const daemon = join(platform.dataFolder, 'run', 'supervisord.json')
    expect(await pathExists(daemon)).toBe(false)
    const loops = load(service)
    for (const mode of ['supervisor', 'local'] as const) {
      await loops.answered(5)
      expect(await admin.change('moved', { mode })).toMatchObject({ state: 'succeeded' })
      expect((await admin.service('moved')).mode).toBe(mode)
      loops.seen.clear()
      await loops.answered(5)
      expect([...loops.seen]).toEqual(await idsOf('moved'))
    }
    expect(await loops.failures()).toEqual([])
    expect(await pathExists(daemon)).toBe(true)
  },
  longTest,
)

test(
  'a broken release of a service with two instances gets no request, and no request fails',
  async () => {
    const service = await admin.publish('kept', whoAmI('good'))
    await admin.change('kept', { replicas: 2 })
    const before = await pidsOf('kept')
    const loops = load(service, 'good')
    for (const broken of [whoAmI('bad', 'raise RuntimeError("no model")'), whoAmI('bad', 'os._exit(3)')]) {
      await admin.upload(broken, { algorithm_id: 'kept' })
      expect(await admin.deploy('kept')).toMatchObject({ state: 'failed' })
      await loops.answered(5)
    }
    expect(await loops.failures()).toEqual([])
    expect(await pidsOf('kept')).toEqual(before)
  },
  longTest,
)

test(
  'if a second instance cannot start, the first keeps serving, and the service wants one again',
  async () => {
    const onlyOnce = 'open(os.path.join(os.environ["HOME"], "first"), "x")'
    await admin.publish('alone', whoAmI('process', onlyOnce))
    const before = await pidsOf('alone')
    const task = await admin.change('alone', { replicas: 2 })
    expect(task).toMatchObject({ state: 'failed', error: { code: 'service.start_failed' } })
    expect(task?.error?.message).toContain('FileExistsError')
    expect(await admin.service('alone')).toMatchObject({ status: 'RUNNING', replicas: 1 })
    expect(await pidsOf('alone')).toEqual(before)
  },
  longTest,
)

test(
  'a new front port is open at once and the old one closed, and a taken one is refused without any change',
  async () => {
    const holder = await admin.publish('holder', whoAmI())
    const before = await admin.publish('ported', whoAmI())
    const port = platform.frontRange.last
    expect(await admin.change('ported', { port })).toBeNull()
    const after = await admin.service('ported')
    expect(after.front_port).toBe(port)
    expect(await (await byFrontPort(after)).text()).toContain('process:')
    await expect(byFrontPort(before)).rejects.toThrow('fetch failed')
    await expect(admin.change('ported', { port: holder.front_port ?? 0 })).rejects.toMatchObject({
      status: 409,
      code: 'port.taken',
      details: { holder: { service_id: 'holder' } },
    })
    expect((await admin.service('ported')).front_port).toBe(port)
    expect(await (await byFrontPort(after)).text()).toContain('process:')
  },
  longTest,
)

test(
  'invalid wishes are refused with the field',
  async () => {
    await admin.publish('asked', whoAmI())
    const wrong: [string, unknown][] = [
      ['replicas', { replicas: 0 }],
      ['replicas', { replicas: 33 }],
      ['replicas', { replicas: 1.5 }],
      ['mode', { mode: 'docker-swarm' }],
      ['limits.memory_mb', { limits: { memory_mb: 1 } }],
      ['limits.cpu', { limits: { cpu: -1 } }],
      ['port', { port: 70_000 }],
    ]
    for (const [path, json] of wrong) {
      const response = await admin.request('PATCH', '/services/asked', { json })
      expect(response.status).toBe(422)
      const { error } = errorBody.parse(await response.json())
      expect(error.details).toMatchObject({ issues: [{ path }] })
    }
    expect((await admin.request('PATCH', '/services/nobody', { json: { replicas: 2 } })).status).toBe(404)
    const begun = await admin.request('PATCH', '/services/asked', { json: { replicas: 2 } })
    expect(begun.status).toBe(202)
  },
  longTest,
)
