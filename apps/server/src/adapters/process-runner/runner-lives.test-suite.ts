import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identify, isAlive, signalProcess } from '../../lib/procfs/process-identity.ts'
import { until, type RunnerBench } from './runner-bench.test-suite.ts'

const isRoot = process.getuid?.() === 0

/**
 * Its main process ends at TERM. A child in a session of its own ends only when it is told a second time. It says so in a file, because
 * the engine may close its output as soon as the main process has ended.
 */
const slowToEnd = (file: string) => `
  setsid sh -c 'trap "trap - TERM; echo told >> ${file}" TERM; echo up >> ${file}; while :; do sleep 1; done' &
  exec sleep 600`

/** Tests what remains when the control plane or the driver’s engine ends and returns. */
export function describeLives(bench: RunnerBench): void {
  const { specOf, shell, reportOf, startNew, inState, pidOf, treeOf, launched, whole, textOf } = bench
  describe('runners that are closed and opened again', () => {
    test('a second runner on the same folder sees the same process and does not start it twice', async () => {
      const spec = await startNew(specOf())
      const { pid } = await inState(spec.id, 'RUNNING')
      await bench.runner.close()
      expect(pid !== null && (await identify(pid))).not.toBeNull()
      const second = await bench.openAnother()
      await second.add([spec])
      await second.start(spec.id)
      expect(await reportOf(spec.id, second)).toMatchObject({ pid, state: 'RUNNING' })
      await launched(spec)
      expect((await treeOf(spec)).map((one) => one.pid)).toContain(pid)
      expect(await treeOf(spec)).toHaveLength(whole(1))
    })

    test('an adopted process is still restarted when it dies', async () => {
      const spec = await startNew(specOf())
      const { pid } = await inState(spec.id, 'RUNNING')
      await bench.runner.close()
      const second = await bench.openAnother()
      const identity = pid === null ? null : await identify(pid)
      if (!identity) throw new Error('it does not run')
      signalProcess(identity, 'SIGKILL')
      const next = await until(async () => {
        const now = await reportOf(spec.id, second)
        return now.pid !== pid && now.pid
      }, 'another pid')
      expect(next).not.toBe(pid)
      expect((await reportOf(spec.id, second)).restarts).toBe(1)
    })

    test('a process that dies while no control plane runs is found restarted, with an end that is told from earlier ones', async () => {
      const spec = await startNew(specOf())
      const { pid } = await inState(spec.id, 'RUNNING')
      await bench.runner.close()
      const identity = pid === null ? null : await identify(pid)
      if (!identity) throw new Error('it does not run')
      const before = Date.now()
      signalProcess(identity, 'SIGKILL')
      await until(async () => !(await isAlive(identity)), 'it is dead')
      const second = await bench.openAnother()
      await until(async () => ![null, pid].includes((await reportOf(spec.id, second)).pid), 'another pid')
      const { lastEnd, lastEndAt, startedAt, restarts } = await inState(spec.id, 'RUNNING', second)
      expect([restarts, lastEnd?.code]).toEqual([1, expect.stringMatching(/^(signalled|ended_unseen)$/)])
      expect(lastEndAt?.getTime()).toBeGreaterThanOrEqual(before)
      // supervisord tells only whole seconds.
      expect(startedAt?.getTime()).toBeGreaterThan(before - 1_000)
    })

    // With its main process, a container ends, and so does a sandbox.
    test.skipIf(bench.driver.container || bench.driver.isSandboxed)(
      'a process that was being ended when the control plane was killed is ended by the next one',
      async () => {
        const said = join(bench.folder, 'said')
        const spec = await startNew(shell(slowToEnd(said), { stopGraceMs: 120_000 }))
        const says = (word: string) =>
          until(async () => (await textOf(said)).includes(word), `the child says ${word}`)
        await says('up')
        // This runner is not closed, as if it were killed: all that it still does is wait, for longer than this test.
        const stopped = bench.runner.stop(spec.id)
        await says('told')
        const second = await bench.openAnother()
        await until(async () => (await treeOf(spec)).length === 0, 'nothing of it is left')
        await inState(spec.id, 'STOPPED', second)
        await stopped
      },
    )

    test('a process that was given up stays FATAL for the next runner on the folder', async () => {
      const spec = await startNew(shell('sleep 0.3; exit 6', { startSeconds: 0 }))
      const { reason } = await inState(spec.id, 'FATAL')
      await bench.runner.close()
      const second = await bench.openAnother()
      expect(await reportOf(spec.id, second)).toMatchObject({ state: 'FATAL', reason, pid: null })
    })

    test.skipIf(!bench.driver.real)(
      'shutdown gives a process that ignores TERM no more time than the given limit',
      async () => {
        const args = ['-c', "trap '' TERM; while :; do sleep 1; done"]
        const spec = await startNew(specOf({ file: '/bin/sh', args, stopGraceMs: 60_000 }))
        await inState(spec.id, 'RUNNING')
        const begun = Date.now()
        await bench.runner.shutdown({ graceMs: 500 })
        // The process’s own grace time would be as long as this.
        expect(Date.now() - begun).toBeLessThan(60_000)
        expect(await treeOf(spec)).toEqual([])
        await bench.runner.open()
      },
    )

    test('shutdown ends every process and what the driver started, and forgets them', async () => {
      const specs = [specOf(), specOf()]
      await bench.runner.add(specs)
      await Promise.all(specs.map((spec) => bench.runner.start(spec.id)))
      await Promise.all(specs.map((spec) => pidOf(spec.id)))
      await bench.runner.shutdown()
      for (const spec of specs) expect(await treeOf(spec)).toEqual([])
      await bench.runner.open()
      expect((await bench.runner.reports()).size).toBe(0)
    })

    const many = bench.driver.container ? 10 : 50
    test(`${many} processes start and stop in parallel`, async () => {
      const specs = Array.from({ length: many }, () => specOf())
      await bench.runner.add(specs)
      await Promise.all(specs.map((spec) => bench.runner.start(spec.id)))
      await until(async () => {
        const reports = await bench.runner.reports()
        return specs.every((spec) => reports.get(spec.id)?.state === 'RUNNING')
      }, 'all run')
      const pids = new Set([...(await bench.runner.reports()).values()].map((one) => one.pid))
      expect(pids.size).toBe(many)
      await Promise.all(specs.map((spec) => bench.runner.stop(spec.id)))
      const reports = await bench.runner.reports()
      expect(specs.every((spec) => reports.get(spec.id)?.state === 'STOPPED')).toBe(true)
    })

    test.skipIf(!isRoot)(
      isRoot ? 'a process runs as the given user' : 'a process runs as the given user (skipped: needs root)',
      async () => {
        const spec = await startNew(
          shell('id -u; id -g; id -G; exec sleep 600', {
            user: { uid: 1_912_345_678, gid: 1_912_345_678 },
          }),
        )
        await until(
          async () => (await textOf(spec.stdoutLog)) === '1912345678\n1912345678\n1912345678',
          'user, group and groups are those, without a name on the machine',
        )
      },
    )

    test.skipIf(!isRoot || bench.driver.container)(
      'a process is in the further groups of its account, also after a crash under the next control plane (needs root)',
      async () => {
        const groups = [1_912_345_601, 1_912_345_602]
        const closed = join(bench.folder, 'closed')
        await mkdir(closed)
        await writeFile(join(closed, 'word'), 'read\n')
        await chown(closed, 0, 1_912_345_602)
        await chmod(closed, 0o710)
        const spec = await startNew(
          shell('cat closed/word; exec sleep 600', {
            user: { uid: 1_912_345_678, gid: 1_912_345_678, groups },
          }),
        )
        const hasRead = (text: string) =>
          until(async () => (await textOf(spec.stdoutLog)) === text, `it has said ${text}`)
        await hasRead('read')
        await bench.runner.close()
        const second = await bench.openAnother()
        const { account, pid } = await reportOf(spec.id, second)
        expect(account?.groups).toEqual(groups)
        const main = pid === null ? null : await identify(pid)
        if (!main) throw new Error('it does not run')
        signalProcess(main, 'SIGKILL')
        await hasRead('read\nread')
      },
    )

    const engine = bench.killEngine
    test.skipIf(!engine)(
      engine
        ? 'after the engine was killed, opening starts the desired processes once, and no others'
        : 'when the engine is killed … (skipped: the driver has none)',
      async () => {
        if (!engine) return
        const [wanted, unwanted] = [specOf(), specOf()]
        await bench.runner.add([wanted, unwanted])
        await bench.runner.start(wanted.id)
        await bench.runner.start(unwanted.id)
        const { pid } = await inState(wanted.id, 'RUNNING')
        await bench.runner.stop(unwanted.id)
        const orphan = pid === null ? null : await identify(pid)
        await bench.runner.close()
        await engine()
        expect(orphan && (await isAlive(orphan))).toBe(true)
        const second = await bench.openAnother()
        const next = await pidOf(wanted.id, second)
        expect(orphan && (await isAlive(orphan))).toBe(false)
        await inState(wanted.id, 'RUNNING', second)
        await launched(wanted)
        expect((await treeOf(wanted)).map((one) => one.pid)).toContain(next)
        expect(await treeOf(wanted)).toHaveLength(whole(1))
        expect(await treeOf(unwanted)).toEqual([])
      },
    )

    test.skipIf(!engine)(
      engine
        ? 'if the engine dies while the runner is open, it is restarted with the desired processes'
        : 'if the engine dies while the runner is open … (skipped: the driver has none)',
      async () => {
        if (!engine) return
        const spec = await startNew(specOf())
        const { pid } = await inState(spec.id, 'RUNNING')
        await engine()
        await until(async () => {
          const now = (await bench.runner.reports().catch(() => null))?.get(spec.id)
          return now !== undefined && now.pid !== null && now.pid !== pid
        }, 'another pid')
        await inState(spec.id, 'RUNNING')
        await launched(spec)
        expect(await treeOf(spec)).toHaveLength(whole(1))
      },
    )
  })
}
