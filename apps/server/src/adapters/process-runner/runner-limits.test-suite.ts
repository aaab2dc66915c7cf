import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isAlive } from '../../lib/procfs/process-identity.ts'
import { processWith } from '../../../../../tests/support/platform-processes.ts'
import { usageSampler } from '../../lib/procfs/process-usage.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { chooseEnforcement, describeEnforcement } from './resource-limits/enforcement.ts'
import { examineMachine } from './resource-limits/machine.ts'
import { until, type RunnerBench } from './runner-bench.test-suite.ts'

const found = await examineMachine()
const isRoot = process.getuid?.() === 0

/**
 * A script that allocates memory in pieces, with pauses in which the watch can see it. It exits by itself if
 * nothing stops it.
 */
const allocate = (pieces: number) => `
  const kept = []
  const timer = setInterval(() => {
    kept.push(Buffer.alloc(8 * 1024 * 1024, 1))
    if (kept.length >= ${pieces}) clearInterval(timer)
  }, 30)
  setTimeout(() => {}, 1e6)`
/** A script that starts a child every 20 ms, up to `most`, and reports how many it has. */
const multiply = (most: number) => `
  const { spawn } = require('node:child_process')
  const { writeFileSync } = require('node:fs')
  let alive = 0
  const timer = setInterval(() => {
    if (alive >= ${most}) return clearInterval(timer)
    const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' })
    child.on('spawn', () => writeFileSync('children', String(++alive)))
    child.on('error', (error) => { console.error(error.message); clearInterval(timer); writeFileSync('refused', error.code) })
  }, 20)
  setTimeout(() => {}, 1e6)`

/** Returns the groups that a runner on this machine has created for an instance. */
async function groupsNamed(id: string): Promise<string[]> {
  const bases = [...Object.values(found.v1), ...(found.v2 ? [found.v2.folder] : [])]
  const inside = async (folder: string) =>
    (await readdir(folder).catch(() => [])).map((name) => join(folder, name))
  const parents = (await Promise.all(bases.map(inside))).flat().filter((path) => path.includes('vitrine-'))
  return (await Promise.all(parents.map(inside))).flat().filter((path) => path.endsWith(`/${id}`))
}

/** Tests that a process gets what it may use, and no more. The tests expect what this machine can enforce. */
export function describeLimits(bench: RunnerBench): void {
  const { specOf, reportOf, startNew, inState, pidOf, textOf, treeOf, whole } = bench
  const { node, addedVariables } = bench
  const hierarchies = bench.driver.withoutCgroups ? [] : chooseEnforcement(found)
  const by = new Map(describeEnforcement(hierarchies).map((limit) => [limit.resource, limit.by]))
  const running = (script: string, changes: Parameters<typeof specOf>[0]) =>
    startNew(specOf({ file: node, args: ['-e', script], ...changes }))

  describe('limits', () => {
    test('a process over its memory limit is killed, with the limit as the reason, and others are not', async () => {
      const neighbour = await startNew(specOf({ limits: { memory_mb: 256 } }))
      const pid = await pidOf(neighbour.id)
      const spec = await running(allocate(60), { limits: { memory_mb: 128 } })
      const killed = await until(async () => {
        const report = await reportOf(spec.id)
        return report.overLimit !== null && report
      }, 'it is killed')
      expect(killed).toMatchObject({ exitCode: 137, overLimit: { resource: 'memory', limit: 128 } })
      const { reason } = await inState(spec.id, 'FATAL')
      expect(reason).toMatchObject({ code: 'crash_loop', last: { code: 'out_of_memory', limitMb: 128 } })
      expect(await reportOf(neighbour.id)).toMatchObject({ pid, overLimit: null, restarts: 0 })
    }, 240_000)

    test('a process within its limits runs, and its environment is the same as without limits', async () => {
      const limits = { memory_mb: 256, cpu: 1, open_files: 256, processes: 64 }
      const script = `require('fs').writeFileSync('env.json', JSON.stringify(process.env)); setTimeout(() => {}, 1e6)`
      const spec = await running(script, { limits, env: { QUOTED: `it's "a" $value` } })
      await inState(spec.id, 'RUNNING')
      const env = JSON.parse(await textOf(join(bench.folder, 'env.json')))
      expect(env).toEqual({ ...spec.env, ...addedVariables })
    })

    test('a kill for another reason is not reported as a memory limit', async () => {
      const spec = await running('setTimeout(() => process.kill(process.pid, "SIGKILL"), 300)', {
        limits: { memory_mb: 256 },
        startSeconds: 0,
      })
      const { reason, overLimit } = await inState(spec.id, 'FATAL')
      expect(reason).toMatchObject({ code: 'crash_loop', last: { code: 'signalled', signal: 'SIGKILL' } })
      expect(overLimit).toBeNull()
    })

    // The API of a cluster knows no such limits of a pod.
    const testOfMachine = test.skipIf(bench.driver.isInCluster)
    testOfMachine('the number of processes and threads is limited', async () => {
      const spec = await running(multiply(60), { limits: { processes: 30 } })
      if (by.get('processes') === 'cgroup') {
        // The program itself gets the error from fork, so its own log reports it.
        expect(await textOf(join(bench.folder, 'refused'))).toMatch(/EAGAIN|ENOMEM|EACCES/)
        expect((await treeOf(spec)).length).toBeLessThanOrEqual(whole(30))
        expect(await textOf(spec.stderrLog)).toContain('EAGAIN')
      } else {
        const report = await until(async () => {
          const now = await reportOf(spec.id)
          return now.overLimit !== null && now
        }, 'it is killed')
        expect(report.overLimit).toEqual({ resource: 'processes', limit: 30 })
      }
    })

    testOfMachine('the number of open files is limited', async () => {
      const script = `
        const { openSync, writeFileSync } = require('node:fs')
        const files = []
        try { for (;;) files.push(openSync('/dev/null')) } catch (error) {
          const count = files.length
          for (const file of files.splice(0)) require('node:fs').closeSync(file)
          writeFileSync('files', count + ' ' + error.code)
        }
        setTimeout(() => {}, 1e6)`
      await running(script, { limits: { open_files: 100 } })
      const [count, code] = (await textOf(join(bench.folder, 'files'))).split(' ')
      expect(code).toBe('EMFILE')
      expect(Number(count)).toBeGreaterThan(50)
      expect(Number(count)).toBeLessThanOrEqual(100)
    })

    test('a limit of open files above the account’s maximum is the maximum', async () => {
      const spec = await startNew(
        specOf({
          file: '/bin/sh',
          args: ['-c', 'ulimit -n; exec sleep 600'],
          limits: { open_files: 1_048_576 },
        }),
      )
      expect(Number(await textOf(spec.stdoutLog))).toBeGreaterThan(256)
    })

    test('CPU time is limited if this machine can do so, and otherwise not', async () => {
      const spec = await running('for (;;);', { limits: { cpu: 0.2 } })
      const pid = await pidOf(spec.id)
      const sampler = usageSampler()
      await inState(spec.id, 'RUNNING')
      await sampler.sample([pid])
      const worked = { ms: 0, begun: performance.now(), until: performance.now() }
      const hasWorked = async () => {
        const cpu = (await sampler.sample([pid])).get(pid)?.cpu ?? 0
        const now = performance.now()
        worked.ms += cpu * (now - worked.until)
        worked.until = now
        return worked.ms >= 400
      }
      // Two seconds with the limit. On a busy machine any process needs longer.
      expect(await waitFor(hasWorked, { timeoutMs: 60_000, everyMs: 500 })).toBe(true)
      const cpu = worked.ms / (worked.until - worked.begun)
      if (by.get('cpu') === 'cgroup') expect(cpu).toBeLessThan(0.3)
    })

    // The groups of a container are Docker's own.
    test.skipIf(bench.driver.container)('a removed instance leaves no group', async () => {
      const spec = await startNew(specOf({ limits: { memory_mb: 64, cpu: 0.5, processes: 20 } }))
      await pidOf(spec.id)
      const expected = hierarchies.length
      await until(async () => (await groupsNamed(spec.id)).length === expected, `${expected} groups`)
      await bench.runner.remove(spec.id)
      expect(await groupsNamed(spec.id)).toEqual([])
    })

    const isListed = by.get('processes') === 'cgroup'
    test.skipIf(!isListed)(
      `stop also ends a process that has left its parent, session and environment${isListed ? '' : ' (skipped: needs cgroups)'}`,
      async () => {
        // A pid from a sandbox says nothing outside, so it is recognised by its time.
        const seconds = String(randomInt(1_000_000, 9_000_000))
        const script = `(env -i /usr/bin/setsid /bin/sleep ${seconds} &); exec sleep 600`
        const spec = await startNew(
          specOf({ file: '/bin/sh', args: ['-c', script], limits: { processes: 20 } }),
        )
        const escaped = await until(async () => processWith(['/bin/sleep', seconds]), 'it has escaped')
        await bench.runner.stop(spec.id)
        expect(await isAlive(escaped)).toBe(false)
      },
    )

    test.skipIf(!isRoot)(
      `a process with limits runs as the given user, and cannot leave its groups${isRoot ? '' : ' (skipped: needs root)'}`,
      async () => {
        const script =
          'id -u; id -g; id -G; for file in $(sed -n "s,^[0-9]*:\\(memory\\|cpu\\|pids\\):,/sys/fs/cgroup/\\1,p" /proc/self/cgroup); do echo $$ > "$file/../cgroup.procs" && echo left; done; exec sleep 600'
        const spec = await startNew(
          specOf({
            file: '/bin/sh',
            args: ['-c', script],
            limits: { memory_mb: 64, processes: 20 },
            user: { uid: 1_912_345_678, gid: 1_912_345_678 },
          }),
        )
        const ids = '1912345678\n1912345678\n1912345678'
        // The log of a pod also has the shell's messages about groups to which it cannot write.
        const isAll = (text: string) =>
          bench.driver.isInCluster ? text.startsWith(`${ids}\n`) && !/^left$/m.test(text) : text === ids
        await until(
          async () => isAll(await textOf(spec.stdoutLog)),
          'user, group and groups are those, without a name on the machine, and it stays',
        )
      },
    )

    test('a limit still holds with the next runner on the folder, even after a restart', async () => {
      const spec = await running(allocate(60), { limits: { memory_mb: 128 } })
      await pidOf(spec.id)
      await bench.runner.close()
      const second = await bench.openAnother()
      const report = await until(async () => {
        const now = await reportOf(spec.id, second)
        return now.overLimit !== null && now
      }, 'it is killed')
      expect(report.overLimit).toEqual({ resource: 'memory', limit: 128 })
    })
  })
}
