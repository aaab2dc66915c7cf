import { spawn } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { pageOf, task } from '@vitrine/contract'
import { readStatSync } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { instanceProcesses, mainProcesses, processesOf } from '../support/platform-processes.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { requestLoop } from '../support/request-loop.ts'
import { describeRunners } from '../support/runners.ts'
import { untilStepRuns } from './deploy-checks.ts'
import { echo, waits } from './packages.ts'
import { signalIfAlive, signalPid } from '../support/signals.ts'

const identity = z.object({ pid: z.number().int() })
const waitMs = 60_000
const longTest = 120_000

describeRunners('what happens when parts die', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({ runner, database: 'own' })
    admin = await platform.admin()
    await Promise.all([admin.publish('one', echo()), admin.publish('two', echo())])
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  const ids = ['one-r1-1', 'two-r1-1']
  const recordedPid = async (name: string) =>
    identity.parse(JSON.parse(await readFile(join(platform.dataFolder, 'run', name), 'utf8'))).pid
  const pidOf = async (id: string) => (await admin.service(id)).instances[0]?.pid ?? null
  const ask = (id: string) => admin.predict(id, ['x'])
  const answers = (id: string) =>
    requestLoop(
      () => ask(id),
      (body) => body.includes('echo:x'),
    )
  const isUp = async (id: string) => (await ask(id).catch(() => null))?.status === 200
  const untilUp = async (id: string) => {
    if (!(await waitFor(() => isUp(id), { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 })))
      throw new Error(`${id} does not answer: ${await (await ask(id)).text()}\n${await platform.log()}`)
  }
  const healthy = (id: string) =>
    waitFor(
      async () => {
        const current = await admin.service(id)
        return current.health === 'READY' && current.instances[0]?.pid ? current : null
      },
      { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 },
    )

  test(
    'killing the control plane fails no request, and the next one adopts the running instances',
    async () => {
      const before = [await pidOf('one'), await pidOf('two')]
      const loop = answers('one')
      await loop.answered(5)
      await platform.end('SIGKILL')
      const uploads = join(platform.dataFolder, 'uploads')
      await writeFile(join(uploads, 'asset-cut-off'), 'half of a file that was being received')
      await loop.answered(20)
      await platform.start()
      await loop.answered(20)
      expect((await loop.stop()).failures).toEqual([])
      expect(await readdir(uploads)).not.toContain('asset-cut-off')
      expect([await pidOf('one'), await pidOf('two')]).toEqual(before)
      expect((await admin.operate('restart', 'two')).state).toBe('succeeded')
    },
    longTest,
  )

  test(
    'an upgrade of the control plane (SIGTERM) fails no request either',
    async () => {
      const before = await pidOf('one')
      const loop = answers('one')
      await platform.end('SIGTERM')
      await loop.answered(20)
      await platform.start()
      await loop.answered(20)
      expect((await loop.stop()).failures).toEqual([])
      expect(await pidOf('one')).toBe(before)
    },
    longTest,
  )

  test(
    'a deploy that a crash interrupts is continued by the next control plane',
    async () => {
      const gate = join(platform.gates, 'cut-off')
      await admin.upload(waits(gate), { algorithm_id: 'cut-off' })
      const id = await admin.beginDeploy('cut-off')
      await untilStepRuns(admin, id, 'verify')
      await platform.end('SIGKILL')
      await platform.start()
      await writeFile(gate, 'go')
      expect((await admin.taskEnd(id)).state).toBe('succeeded')
      await untilUp('cut-off')
      const found = await admin.service('cut-off')
      // The instance of the first attempt is not trusted, so there is another with a new id.
      expect(found.instances.map(({ release, replica }) => [release, replica])).toEqual([[1, 1]])
      const [only] = found.instances
      expect(await mainProcesses(platform.dataFolder, 'cut-off-r1-1')).toHaveLength(
        only?.id === 'cut-off-r1-1' ? 1 : 0,
      )
    },
    longTest,
  )

  test(
    'a gateway that is killed comes back and serves',
    async () => {
      const before = await recordedPid('gateway.json')
      signalPid(before, 'SIGKILL')
      await expect.poll(() => recordedPid('gateway.json'), { timeout: patienceMs }).not.toBe(before)
      // The workers of nginx, which are in the session of the killed one, may still answer in its place.
      const workers = async () =>
        (await processesOf(platform.dataFolder)).filter(({ pid }) => readStatSync(pid)?.session === before)
      await expect.poll(workers).toEqual([])
      await untilUp('one')
    },
    longTest,
  )

  test(
    'an instance that is killed is restarted and counted, and no other instance is affected',
    async () => {
      const [before, other] = [await pidOf('one'), await pidOf('two')]
      const { restarts = 0 } = (await admin.service('one')).instances[0] ?? {}
      signalPid(before, 'SIGKILL')
      const again = await waitFor(
        async () => {
          const current = await healthy('one')
          return current?.instances[0]?.pid === before ? null : current
        },
        { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 },
      )
      expect(again?.instances[0]?.restarts).toBe(restarts + 1)
      await untilUp('one')
      expect(await pidOf('two')).toBe(other)
      // Earlier restarts must not count as a failure of this start.
      expect((await admin.operate('restart', 'one')).error).toBeNull()
    },
    longTest,
  )

  test(
    'operating one service affects no process of another',
    async () => {
      await admin.publish('operated', echo())
      const other = await pidOf('two')
      expect((await admin.operate('stop', 'operated')).state).toBe('succeeded')
      const refused = await ask('operated')
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ error: { code: 'service.stopped' } })
      expect(await admin.service('operated')).toMatchObject({ status: 'STOPPED', desired: 'stopped' })
      expect(await instanceProcesses(platform.dataFolder, 'operated-r1-1')).toEqual([])
      expect((await admin.operate('start', 'operated')).state).toBe('succeeded')
      await untilUp('operated')
      expect((await admin.operate('restart', 'operated')).state).toBe('succeeded')
      await untilUp('operated')
      expect((await admin.deleteService('operated')).state).toBe('succeeded')
      expect((await ask('operated')).status).toBe(404)
      expect(await instanceProcesses(platform.dataFolder, 'operated-r1-1')).toEqual([])
      expect(await pidOf('two')).toBe(other)
    },
    longTest,
  )

  test(
    'after the database server is killed it comes back, and requests are answered in the meantime',
    async () => {
      const pidFile = join(platform.dataFolder, 'postgres', 'postmaster.pid')
      const before = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
      const loop = answers('one')
      signalPid(before, 'SIGKILL')
      const works = async () => (await admin.request('GET', '/services')).status === 200
      const recovered = await waitFor(
        async () => {
          const now = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0])
          return now > 0 && now !== before && (await works())
        },
        { timeoutMs: waitMs, everyMs: 100 },
      )
      expect((await loop.stop()).failures).toEqual([])
      expect(recovered, await platform.log()).toBe(true)
      expect((await admin.operate('restart', 'two')).state).toBe('succeeded')
    },
    longTest,
  )

  test.runIf(runner === 'supervisor')(
    'services whose supervisord is killed come back once',
    async () => {
      const before = await pidOf('one')
      signalPid(await recordedPid('supervisord.json'), 'SIGKILL')
      const settled = await waitFor(
        async () => {
          const current = await healthy('one')
          const running = await mainProcesses(platform.dataFolder, 'one-r1-1')
          const pid = current?.instances[0]?.pid
          const isAnother = running.length === 1 && running[0]?.pid === pid && pid !== before
          return isAnother && (await isUp('one')) && { pid }
        },
        { timeoutMs: waitMs, everyMs: 100 },
      )
      expect(settled, `before: ${before}`).not.toBeNull()
    },
    longTest,
  )

  test(
    'when all parts are killed at once, the next start brings back each service once and affects no other process',
    async () => {
      const foreign = spawn('sleep', ['600'], { stdio: 'ignore' })
      onTestFinished(() => void foreign.kill())
      const pidFile = join(platform.dataFolder, 'postgres', 'postmaster.pid')
      const names = ['gateway.json', ...(runner === 'supervisor' ? ['supervisord.json'] : [])]
      const parts = await Promise.all(names.map(recordedPid))
      const database = Number((await readFile(pidFile, 'utf8')).split('\n')[0])
      const instances = (
        await Promise.all(ids.map((id) => instanceProcesses(platform.dataFolder, id)))
      ).flat()
      for (const pid of [platform.pid, ...parts, database]) signalPid(pid, 'SIGKILL')
      // What is inside a sandbox ends with its first process.
      for (const { pid } of instances) signalIfAlive(pid, 'SIGKILL')
      await platform.ended()
      await platform.start()
      await Promise.all([untilUp('one'), untilUp('two')])
      for (const [index, name] of ['one', 'two'].entries()) {
        const living = await mainProcesses(platform.dataFolder, ids[index] ?? '')
        const shown = (await healthy(name))?.instances.map(({ pid }) => pid)
        expect(living.map(({ pid }) => pid)).toEqual(shown)
      }
      expect(foreign.exitCode ?? foreign.signalCode).toBeNull()
    },
    longTest,
  )

  test(
    'Ctrl-C ends everything, and the next start brings the same services back on the same ports',
    async () => {
      const ports = [(await admin.service('one')).front_port, (await admin.service('two')).front_port]
      await platform.end('SIGINT')
      expect(await instanceProcesses(platform.dataFolder, 'one-r1-1')).toEqual([])
      await expect(ask('one')).rejects.toThrow('fetch failed')
      await platform.start()
      await Promise.all([untilUp('one'), untilUp('two')])
      expect([(await admin.service('one')).front_port, (await admin.service('two')).front_port]).toEqual(
        ports,
      )
    },
    longTest,
  )

  test(
    'a start without the installed dependencies, as after a restored backup, installs them again for every service that runs',
    async () => {
      await platform.end('SIGINT')
      await rm(join(platform.dataFolder, 'environments'), { recursive: true })
      await platform.start()
      await Promise.all([untilUp('one'), untilUp('two')])
      const installed = await readdir(join(platform.dataFolder, 'environments'))
      expect(installed).toHaveLength(1)
      const [last] = (await admin.get('/tasks?service_id=one', pageOf(task))).items
      expect(last).toMatchObject({ kind: 'service.start' })
      if (last) expect((await admin.taskEnd(last.id)).state).toBe('succeeded')
    },
    longTest,
  )
})
