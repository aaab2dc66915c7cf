import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  errorBody,
  pageOf,
  portRow,
  release,
  serviceEvent,
  task,
  type Service,
  type ServiceEvent,
} from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { freePorts } from '../support/free-ports.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { command, echo, hesitant } from './packages.ts'
import { instancePort } from '../support/instance-port.ts'

const waitMs = 60_000
/** The shortest idle time is a minute, and the check may come a quarter of a minute later. */
const sleepMs = 100_000
/** An instance that ends five times in this time is given up. */
const crashLoopMs = 120_000
const longTest = 180_000

const health = (part: string) =>
  `id: own-server\nruntime: command\nentry: python3 server.py\nhealth: {${part}}\n`

/** Has its own server, which becomes unhealthy when it is told to. */
const breakable: PackageFiles = {
  'algorithm.yaml': health('interval_s: 1'),
  'server.py': String(command['server.py'])
    .replace('class Handler', 'well = True\n\nclass Handler')
    .replace('self.answer({"ok": True})', 'self.answer({"ok": True}) if well else self.send_error(500)')
    // The platform asks it for an empty input while it is deployed.
    .replace(
      '        self.answer({"own"',
      '        global well\n        well = well and inputs == []\n        self.answer({"own"',
    ),
}

/** Does not read the variable with its port. Recognition cannot find the port that it uses instead. */
const deaf = (port: number): PackageFiles => ({
  'algorithm.yaml': health('startup_timeout_s: 20'),
  'server.py': String(command['server.py']).replace('int(os.environ["PORT"])', `sum([${port - 1}, 1])`),
})

/** Runs for a moment and then ends with an error, again and again. */
const unstable: PackageFiles = {
  'ai_algorithm.py': [
    'import os, threading, time',
    '',
    'def fall():',
    '    time.sleep(1.5)',
    '    print("the last straw", flush=True)',
    '    os._exit(7)',
    '',
    'class Algorithm:',
    '    def setup(self):',
    '        if os.path.exists(os.path.join(os.environ["HOME"], "fall")):',
    '            threading.Thread(target=fall).start()',
    '    def predict(self, input_data, **parameters):',
    '        open(os.path.join(os.environ["HOME"], "fall"), "w").close()',
    '        fall()',
    '',
  ].join('\n'),
}

describe('what the platform does for services by itself', () => {
  let platform: TestPlatform
  let admin: ApiClient
  let sleeper: Service

  beforeAll(async () => {
    platform = await startPlatform({ runner: 'local' })
    admin = await platform.admin()
    // Its idle minute passes while the other tests run.
    await admin.publish('sleeper', echo())
    await admin.change('sleeper', { idle_minutes: 1 })
    sleeper = await admin.service('sleeper')
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const until = async (id: string, is: (service: Service) => boolean, timeoutMs = waitMs) => {
    const found = await waitFor(
      async () => {
        const current = await admin.service(id)
        return is(current) ? current : null
      },
      { timeoutMs, everyMs: 50, slowingToMs: 250 },
    )
    if (!found) throw new Error(`it stays so: ${JSON.stringify(await admin.service(id), null, 1)}`)
    return found
  }
  /** The status of a refused call, its `Retry-After` if it has one, and its code. */
  const codeOf = async (id: string): Promise<string> => {
    const answer = await admin.predict(id, ['x'])
    const { error } = errorBody.parse(await answer.json())
    return [answer.status, answer.headers.get('retry-after'), error.code].join(' ')
  }
  const historyOf = async (id: string): Promise<ServiceEvent[]> =>
    (await admin.get(`/services/${id}/history?page_size=500`, pageOf(serviceEvent))).items.toReversed()
  const inEnglish = async <T>(path: string, schema: { parse: (value: unknown) => T }): Promise<T> =>
    schema.parse(await (await admin.request('GET', path, { headers: { 'accept-language': 'en' } })).json())

  test(
    'a running but unhealthy instance is restarted and counted, and its history has the reason',
    async () => {
      await admin.publish('breakable', breakable)
      // It may be restarted only after the test has seen it unhealthy.
      await admin.change('breakable', { unhealthy_probes: null })
      const before = await until('breakable', ({ health: word }) => word === 'READY')
      expect((await admin.predict('breakable', ['x'])).status).toBe(200)
      const bad = await until('breakable', ({ health: word }) => word === 'UNHEALTHY')
      expect([bad.status, bad.reason]).toEqual(['RUNNING', '/health 返回 500'])
      expect([Date.parse(before.up_since ?? '') > 0, bad.up_since]).toEqual([true, null])
      await admin.change('breakable', { unhealthy_probes: 2 })
      const after = await until(
        'breakable',
        ({ restarts, health: word }) => restarts === 1 && word === 'READY',
      )
      expect(after.instances[0]?.pid).not.toBe(before.instances[0]?.pid)
      expect(after.instances[0]).toMatchObject({ restarts: 1, reason: null })
      const told = await waitFor(
        async () => (await historyOf('breakable')).find(({ reason }) => reason?.includes('已重启')),
        { timeoutMs: waitMs, slowingToMs: 250 },
      )
      expect(told).toMatchObject({ instance_id: before.instances[0]?.id, status: 'STOPPING' })
      expect(told?.reason).toContain('/health 返回 500')
      expect(Date.parse(after.up_since ?? '')).toBeGreaterThan(Date.parse(before.up_since ?? ''))
      // The next control plane knows it only from the records, which are written a moment after the change.
      const isRecorded = async () => (await historyOf('breakable')).at(-1)?.health === 'READY'
      expect(await waitFor(isRecorded, { timeoutMs: waitMs, slowingToMs: 250 })).toBe(true)
      const killedAt = Date.now()
      await platform.end('SIGKILL')
      await platform.start()
      const found = await admin.service('breakable')
      expect(found.restarts).toBe(1)
      expect(Date.parse(found.up_since ?? '')).toBeGreaterThan(Date.parse(before.up_since ?? ''))
      expect(Date.parse(found.up_since ?? '')).toBeLessThanOrEqual(killedAt)
    },
    longTest,
  )

  test(
    'an instance that listens on another port is reported with that port, in the reader’s language',
    async () => {
      const elsewhere = await freePorts(1)
      await admin.upload(deaf(elsewhere), { algorithm_id: 'deaf' })
      const ended = await admin.deploy('deaf')
      expect(ended.error).toMatchObject({ code: 'deploy.verification_failed' })
      expect(ended.error?.message).toContain(`而是监听了 ${elsewhere}`)
      const { items } = await inEnglish('/services/deaf/releases', pageOf(release))
      expect(items[0]?.failure).toMatch(
        new RegExp(`does not listen on \\$PORT \\(\\d+\\) but on ${elsewhere}`),
      )
      expect((await admin.service('deaf')).reason).toContain(`而是监听了 ${elsewhere}`)
    },
    longTest,
  )

  test(
    'another process that takes an instance’s port and claims to be ready gets no requests, and the deploy continues with another port',
    async () => {
      const file = join(platform.gates, 'go')
      await admin.upload(hesitant(file), { algorithm_id: 'robbed' })
      const portOf = async () => {
        const { items } = await admin.get('/ports', z.object({ items: z.array(portRow) }))
        return items.find(({ kind, owner }) => kind === 'instance' && owner?.service_id === 'robbed')?.port
      }
      const deploy = await admin.beginDeploy('robbed')
      const port = await waitFor(portOf, { timeoutMs: waitMs })
      const foreign = createServer((_req, res) => res.end('{"status":"READY","uptime_s":1}'))
      await once(foreign.listen(port ?? 0, '127.0.0.1'), 'listening')
      try {
        const held = await waitFor(
          async () => {
            const { items } = await admin.get('/ports', z.object({ items: z.array(portRow) }))
            return items.find((row) => row.port === port && row.state === 'foreign')
          },
          { timeoutMs: waitMs, slowingToMs: 250 },
        )
        expect(held).toMatchObject({ owner: null, holder: platform.ourHolder })
        expect(await codeOf('robbed')).toBe('503  service.not_deployed')
        await writeFile(file, '')
        expect((await admin.taskEnd(deploy)).state).toBe('succeeded')
        expect(instancePort((await admin.service('robbed')).instances[0])).not.toBe(port)
        expect(await (await admin.predict('robbed', ['x'])).json()).toEqual({ own: ['x'] })
      } finally {
        foreign.close()
        foreign.closeAllConnections()
      }
    },
    longTest,
  )

  test(
    'an instance that fails again and again is given up with its reason, and people who may read logs see its last lines',
    async () => {
      await admin.publish('unstable', unstable)
      await admin.predict('unstable', ['x'])
      const given = await until('unstable', ({ status }) => status === 'FATAL', crashLoopMs)
      expect(given.reason).toContain('2 分钟内退出了 5 次')
      const lines = async (reader: ApiClient) => (await reader.service('unstable')).reason ?? ''
      expect(
        await waitFor(async () => (await lines(admin)).includes('the last straw'), {
          timeoutMs: waitMs,
          slowingToMs: 250,
        }),
      ).toBe(true)
      expect(await lines(await platform.person('looker', 'viewer'))).not.toContain('the last straw')
      // Callers are not told to wait for what nobody starts.
      const hasFailed = async () => (await codeOf('unstable')) === '503  service.failed'
      expect(await waitFor(hasFailed, { timeoutMs: waitMs, slowingToMs: 250 })).toBe(true)
      expect((await admin.operate('stop', 'unstable')).state).toBe('succeeded')
      expect(await codeOf('unstable')).toBe('503  service.stopped')
    },
    longTest,
  )

  test(
    'an idle service sleeps, and the first requests wake it once and are answered',
    async () => {
      const [instance] = sleeper.instances
      const asleep = await until('sleeper', (found) => found.asleep && found.status === 'STOPPED', sleepMs)
      expect([asleep.desired, asleep.reason]).toEqual(['running', null])
      expect(await instanceProcesses(platform.dataFolder, instance?.id ?? '')).toEqual([])
      const answers = await Promise.all(Array.from({ length: 10 }, () => admin.predict('sleeper', ['x'])))
      for (const answer of answers)
        expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('echo:x')])
      const awake = await until('sleeper', (found) => !found.asleep && found.health === 'READY')
      expect(awake.instances.map(({ id, endpoint }) => [id, endpoint])).toEqual([
        [instance?.id, instance?.endpoint],
      ])
      const tasks = (await admin.get('/tasks?service_id=sleeper', pageOf(task))).items
      expect(tasks.filter(({ kind }) => kind === 'service.wake').length).toBe(1)
    },
    longTest,
  )
})
