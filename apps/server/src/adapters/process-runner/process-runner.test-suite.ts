import { describe, expect, test } from 'vitest'
import type { PortSource, ProcessReport, ProcessRunner } from './process-runner.ts'
import type { LimitMachine } from './resource-limits/enforcement.ts'
import { runnerBench, until, type DriverUnderTest, type RunnerBench } from './runner-bench.test-suite.ts'
import { describeLimits } from './runner-limits.test-suite.ts'
import { describeLives } from './runner-lives.test-suite.ts'
import { describePorts } from './runner-ports.test-suite.ts'
import { describeSockets } from './runner-sockets.test-suite.ts'
import { describeTrees } from './runner-trees.test-suite.ts'

function describeReports(bench: RunnerBench): void {
  const { specOf, reportOf, startNew, inState, pidOf, treeOf, launched, whole } = bench
  describe('any driver', () => {
    test('a process that was added is STOPPED until it is started', async () => {
      const spec = specOf()
      await bench.runner.add([spec])
      expect(await reportOf(spec.id)).toMatchObject({
        state: 'STOPPED',
        pid: null,
        startedAt: null,
        restarts: 0,
      })
    })

    test('a started process becomes RUNNING and reports its pid and when it was started', async () => {
      const before = Date.now()
      const spec = await startNew(specOf())
      const report = await inState(spec.id, 'RUNNING')
      expect(report.pid).toBeGreaterThan(1)
      expect(report.reason).toBeNull()
      // Some drivers know it only to the second.
      expect(report.startedAt?.getTime()).toBeGreaterThan(before - 2_000)
      expect(report.startedAt?.getTime()).toBeLessThan(Date.now() + 2_000)
    })

    test('starting twice, even at the same time, makes one process', async () => {
      const spec = specOf()
      await bench.runner.add([spec])
      await Promise.all([bench.runner.start(spec.id), bench.runner.start(spec.id)])
      const pid = await pidOf(spec.id)
      await inState(spec.id, 'RUNNING')
      await bench.runner.start(spec.id)
      expect((await reportOf(spec.id)).pid).toBe(pid)
      if (!bench.driver.real) return
      await launched(spec)
      const tree = (await treeOf(spec)).map((one) => one.pid)
      expect(tree).toContain(pid)
      expect(tree).toHaveLength(whole(1))
    })

    test('adding a known id again leaves the running process alone', async () => {
      const spec = await startNew(specOf())
      const pid = await pidOf(spec.id)
      await bench.runner.add([{ ...spec, args: ['601'] }])
      await inState(spec.id, 'RUNNING')
      expect((await reportOf(spec.id)).pid).toBe(pid)
    })

    test('a stopped process is STOPPED without a pid and can be started again', async () => {
      const spec = await startNew(specOf())
      const first = await pidOf(spec.id)
      await bench.runner.stop(spec.id)
      expect(await reportOf(spec.id)).toMatchObject({ state: 'STOPPED', pid: null, reason: null })
      await bench.runner.start(spec.id)
      expect(await pidOf(spec.id)).not.toBe(first)
    })

    test('adding and removing one process leaves the others their pids', async () => {
      const keeps = await startNew(specOf())
      const pid = await pidOf(keeps.id)
      const goes = await startNew(specOf())
      await pidOf(goes.id)
      await bench.runner.remove(goes.id)
      expect((await bench.runner.reports()).has(goes.id)).toBe(false)
      expect((await reportOf(keeps.id)).pid).toBe(pid)
    })

    test('starting or stopping an unknown id is an error, but removing it is not', async () => {
      await expect(bench.runner.start('unknown-r1-0')).rejects.toMatchObject({ code: 'process.unknown' })
      await expect(bench.runner.stop('unknown-r1-0')).rejects.toMatchObject({ code: 'process.unknown' })
      await expect(bench.runner.remove('unknown-r1-0')).resolves.toBeUndefined()
    })

    test('watch reports every change until it is ended', async () => {
      const seen: ProcessReport[] = []
      const end = bench.runner.watch((report) => seen.push(report))
      const spec = await startNew(specOf())
      await until(async () => seen.some((one) => one.state === 'RUNNING'), 'RUNNING is told')
      await bench.runner.stop(spec.id)
      await until(async () => seen.at(-1)?.state === 'STOPPED', 'STOPPED is told')
      end()
      const count = seen.length
      await bench.runner.start(spec.id)
      await inState(spec.id, 'RUNNING')
      expect(seen.length).toBe(count)
      expect(seen.every((one) => one.id === spec.id)).toBe(true)
    })

    test('opening twice is the same as opening once', async () => {
      const spec = await startNew(specOf())
      const pid = await pidOf(spec.id)
      await bench.runner.open()
      expect((await reportOf(spec.id)).pid).toBe(pid)
    })
  })
}

/** Tests for every driver of a `ProcessRunner`. */
export function processRunnerSuite(driver: DriverUnderTest): void {
  const skipped = driver.skip === null ? '' : ` (skipped: ${driver.skip})`
  describe.skipIf(driver.skip !== null)(
    `process runner ${driver.name}${skipped}`,
    { timeout: 180_000 },
    () => {
      const bench = runnerBench(driver)
      describeReports(bench)
      if (!driver.real) return
      describeLives(bench)
      // A pod has an address of its own, on which nobody else can take its port.
      if (!driver.isInCluster) describePorts(bench)
      describeLimits(bench)
      describeTrees(bench)
      // A container has no socket of ours.
      if (!driver.container) describeSockets(bench)
    },
  )
}

/** Tests how a driver enforces limits if it may not use the machine's cgroups, as for an ordinary user. */
export function limitsWithoutCgroups(
  driver: Omit<DriverUnderTest, 'create'> & {
    create: (folder: string, ports: PortSource, examine: () => Promise<LimitMachine>) => ProcessRunner
  },
): void {
  const examine = async (): Promise<LimitMachine> => ({ canDropRoot: true, v2: null, v1: {} })
  const skipped = driver.skip === null ? '' : ` (skipped: ${driver.skip})`
  describe.skipIf(driver.skip !== null)(
    `limits of ${driver.name} without cgroups${skipped}`,
    { timeout: 180_000 },
    () =>
      describeLimits(
        runnerBench({
          ...driver,
          withoutCgroups: true,
          create: (folder, ports) => driver.create(folder, ports, examine),
        }),
      ),
  )
}
