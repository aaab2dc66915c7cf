import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { portRow } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { RefusedError, type ApiClient } from '../support/api-client.ts'
import { instancePort } from '../support/instance-port.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { signalPid } from '../support/signals.ts'
import { hesitant } from './packages.ts'

const waitMs = 60_000
/**
 * How often a foreign process tries to take a port, and how often the ports are asked for: an answer takes the processor
 * tens of milliseconds, because it looks at all sockets. The service waits at its gate, so that nothing is missed.
 */
const takeEveryMs = 10
const askEveryMs = 100
const longTest = 180_000
const ledger = z.object({ items: z.array(portRow) })

describeRunners('ports that foreign processes take', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient
  /** While this file is missing, the service does not take its port, so that the other process always is the first. */
  let gate: string
  const foreignServers: Server[] = []

  beforeAll(async () => {
    platform = await startPlatform({ runner })
    admin = await platform.admin()
    gate = join(platform.gates, 'may-listen')
    await admin.upload(hesitant(gate), { algorithm_id: 'prey' })
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)
  afterEach(async () => {
    await openGate()
    await leaveAll()
  })

  const openGate = () => writeFile(gate, '')
  const closeGate = () => rm(gate)

  async function leaveAll(): Promise<void> {
    await Promise.all(
      foreignServers.splice(0).map((foreign) => {
        foreign.closeAllConnections()
        return new Promise((resolve) => foreign.close(resolve))
      }),
    )
  }

  /** Takes a port now or as soon as it is free, and answers there that it is ready. */
  async function take(port: number): Promise<void> {
    const isTaken = await waitFor(
      async () => {
        const foreign = createServer((_req, res) => res.end('{"status":"READY","uptime_s":1}'))
        foreign.listen(port, '127.0.0.1')
        const isThere = await once(foreign, 'listening').then(
          () => true,
          () => false,
        )
        if (isThere) foreignServers.push(foreign)
        return isThere
      },
      { timeoutMs: waitMs, everyMs: takeEveryMs },
    )
    if (!isTaken) throw new Error(`port ${port} never was free`)
  }

  const rows = async () => (await admin.get('/ports', ledger)).items
  const portInLedger = async () =>
    (await rows()).find(({ kind, owner }) => kind === 'instance' && owner?.service_id === 'prey')?.port
  const portNow = async () => instancePort((await admin.service('prey')).instances[0])
  const good = '{"own": ["x"]}'
  const answers = async () => (await admin.predict('prey', ['x'])).text()
  /** The gateway routes to an instance a moment after it becomes ready. */
  const untilAnswered = () => expect.poll(answers).toContain(good)
  const ready = async (port: number) =>
    waitFor(
      async () => {
        const found = await admin.service('prey')
        return found.health === 'READY' && instancePort(found.instances[0]) !== port && found
      },
      { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 },
    )

  /** Waits until the service has a port that is none of these. */
  async function portBeside(taken: readonly number[]): Promise<number> {
    const another = async () => {
      const port = await portInLedger()
      return port !== undefined && !taken.includes(port) && port
    }
    const port = await waitFor(another, { timeoutMs: waitMs, everyMs: askEveryMs })
    if (port === null) throw new Error(`the service gets no port beside ${taken.join(', ')}`)
    return port
  }
  /** Takes `count` ports, each as soon as the service has it, and lets the service have the next one. */
  async function squat(count: number): Promise<number[]> {
    const taken: number[] = []
    while (taken.length < count) {
      const port = await portBeside(taken)
      await take(port)
      taken.push(port)
    }
    await portBeside(taken)
    await openGate()
    return taken
  }

  test(
    'a process that takes each port right after it is allocated, seven times in a row, fails no deploy',
    async () => {
      const [task, taken] = await Promise.all([admin.deploy('prey'), squat(7)])
      expect(task).toMatchObject({ state: 'succeeded', error: null })
      expect(taken.length).toBe(7)
      const found = await admin.service('prey')
      expect(taken).not.toContain(instancePort(found.instances[0]))
      expect(found).toMatchObject({ status: 'RUNNING', restarts: 0, reason: null })
      expect(await answers()).toContain(good)
      const foreign = (await rows()).filter(({ state }) => state === 'foreign')
      expect(foreign.map(({ port }) => port).sort()).toEqual(taken.sort())
      for (const { holder } of foreign) expect(holder?.pid).toBe(platform.ourHolder?.pid)
    },
    longTest,
  )

  test(
    'a port that is taken while the service is stopped is replaced at its start, and the gateway uses the new one',
    async () => {
      const before = await portNow()
      expect((await admin.operate('stop', 'prey')).state).toBe('succeeded')
      await take(before)
      expect((await admin.operate('start', 'prey')).state).toBe('succeeded')
      expect(await portNow()).not.toBe(before)
      expect(await answers()).toContain(good)
    },
    longTest,
  )

  test(
    'a port that is taken in the middle of a restart is replaced',
    async () => {
      const before = await portNow()
      await closeGate()
      const [task, taken] = await Promise.all([admin.operate('restart', 'prey'), squat(1)])
      expect(task).toMatchObject({ state: 'succeeded', error: null })
      expect(taken).toEqual([before])
      expect(await portNow()).not.toBe(before)
      expect(await answers()).toContain(good)
    },
    longTest,
  )

  test(
    'a port that is taken after its instance has crashed is replaced, and the other process gets no requests once it is detected',
    async () => {
      const [instance] = (await admin.service('prey')).instances
      const before = instancePort(instance)
      await closeGate()
      signalPid(instance?.pid, 'SIGKILL')
      expect(await squat(1)).toEqual([before])
      expect(await ready(before)).not.toBeNull()
      await untilAnswered()
      expect((await admin.service('prey')).status).toBe('RUNNING')
    },
    longTest,
  )

  test(
    'a port that is taken before a sleeping service wakes is replaced, and the request that woke it is answered',
    async () => {
      await admin.change('prey', { idle_minutes: 1 })
      const before = await portNow()
      const asleep = await waitFor(async () => (await admin.service('prey')).asleep || null, {
        timeoutMs: 120_000,
        everyMs: 250,
      })
      expect(asleep).toBe(true)
      await take(before)
      expect(await answers()).toContain(good)
      expect(await portNow()).not.toBe(before)
      await admin.change('prey', { idle_minutes: null })
    },
    longTest,
  )

  test(
    'a port that is taken while the platform is stopped is replaced at the next start',
    async () => {
      const before = await portNow()
      await platform.end('SIGINT')
      await take(before)
      await platform.start()
      admin = await platform.admin()
      expect(await ready(before)).not.toBeNull()
      await untilAnswered()
    },
    longTest,
  )

  test(
    'a front port that is taken stays the service’s: its holder and the nearest free port are shown, and it opens as soon as it is free',
    async () => {
      const { front_port: front } = await admin.service('prey')
      if (front === null) throw new Error('it has no front port')
      await platform.end('SIGINT')
      await take(front)
      await platform.start()
      admin = await platform.admin()
      expect(await ready(0)).not.toBeNull()
      const taken = (await admin.service('prey')).front_port_taken
      expect(taken).toMatchObject({ port: front, holder: platform.ourHolder })
      expect(taken?.nearest_free).toBeGreaterThan(front)
      expect((await rows()).find(({ port }) => port === front)).toMatchObject({
        state: 'taken',
        owner: { service_id: 'prey' },
        holder: platform.ourHolder,
      })
      // Requests by path work all the same.
      await untilAnswered()
      const viewer = await platform.person('looker', 'viewer')
      expect(JSON.stringify(await viewer.service('prey'))).not.toContain('vitest')
      await leaveAll()
      const isServed = async () => {
        const url = `http://127.0.0.1:${front}/predict`
        const headers = { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' }
        const answer = await fetch(url, { method: 'POST', headers, body: '{"input_data":["x"]}' }).catch(
          () => null,
        )
        return (await answer?.text())?.includes(good) === true
      }
      expect(await waitFor(isServed, { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 })).toBe(true)
      const shown = async () => {
        const { front_port: port, front_port_taken: problem, reason } = await admin.service('prey')
        return [port, problem, reason]
      }
      await expect.poll(shown).toEqual([front, null, null])
    },
    longTest,
  )

  test(
    'a taken front port can be replaced by the nearest free one on request, and choosing a taken one is refused',
    async () => {
      const { front_port: front } = await admin.service('prey')
      if (front === null) throw new Error('it has no front port')
      await take(front + 1)
      const refused = await admin.change('prey', { port: front + 1 }).catch((error: unknown) => error)
      if (!(refused instanceof RefusedError)) throw new Error('it was not refused')
      expect(refused).toMatchObject({ status: 409, code: 'port.taken' })
      expect(refused.details).toMatchObject({
        holder: platform.ourHolder ?? { unknown: true },
        nearest_free: front + 2,
      })
      await admin.change('prey', { port: front + 2 })
      const moved = await admin.service('prey')
      expect([moved.front_port, moved.front_port_taken]).toEqual([front + 2, null])
    },
    longTest,
  )
})
