import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { identify, isAlive, signalProcess } from '../../lib/process-identity.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { exitLimit } from './crash-loop.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from './process-runner.ts'
import { findTree, markerOf } from './process-tree.ts'

/** A driver as the suite sees it. */
export type DriverUnderTest = {
  name: string
  create(folder: string): ProcessRunner
  /** Why nothing of it can be tested here; null where it can. */
  skip: string | null
  /** Whether it runs real processes and remembers them in the folder; false for the fake. */
  real: boolean
  /** Kills what the driver itself started, without warning; null where it starts nothing. */
  killEngine: ((folder: string) => Promise<void>) | null
}

const patienceMs = 30_000
const isRoot = process.getuid?.() === 0

async function until<T>(ask: () => Promise<T | null | undefined | false>, what: string): Promise<T> {
  const answer = await waitFor(ask, { timeoutMs: patienceMs, everyMs: 30 })
  if (answer === null) throw new Error(`waited ${patienceMs} ms in vain: ${what}`)
  return answer
}

/** What every driver of {@link ProcessRunner} must do, a sentence a test. */
export function processRunnerSuite(driver: DriverUnderTest): void {
  const title = driver.skip === null ? driver.name : `${driver.name} (skipped: ${driver.skip})`
  describe.skipIf(driver.skip !== null)(`process runner ${title}`, { timeout: 90_000 }, () => {
    let folder: string
    let runner: ProcessRunner
    const others: ProcessRunner[] = []

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vr-'))
      await chmod(folder, 0o755)
      runner = driver.create(folder)
      await runner.open()
    })
    afterEach(async () => {
      for (const other of others.splice(0)) await other.close()
      await runner.open()
      await runner.shutdown()
      await rm(folder, { recursive: true, force: true })
    }, 60_000)

    const specOf = (changes: Partial<ProcessSpec> = {}): ProcessSpec => {
      const id = changes.id ?? `t${randomUUID().slice(0, 8)}-r1-0`
      return {
        file: '/bin/sleep',
        args: ['600'],
        cwd: folder,
        stdoutLog: join(folder, 'logs', `${id}.out.log`),
        stderrLog: join(folder, 'logs', `${id}.err.log`),
        startSeconds: 1,
        stopGraceMs: 3_000,
        user: null,
        ...changes,
        id,
        env: { PATH: '/usr/bin:/bin', VITRINE_INSTANCE: id, ...changes.env },
      }
    }
    const shell = (script: string, changes: Partial<ProcessSpec> = {}) =>
      specOf({ file: '/bin/sh', args: ['-c', script], ...changes })
    const reportOf = async (id: string, of = runner): Promise<ProcessReport> => {
      const report = (await of.reports()).get(id)
      if (!report) throw new Error(`no report of ${id}`)
      return report
    }
    const startNew = async (spec: ProcessSpec) => {
      await runner.add([spec])
      await runner.start(spec.id)
      return spec
    }
    const inState = (id: string, state: ProcessReport['state'], of = runner) =>
      until(async () => {
        const report = await reportOf(id, of)
        return report.state === state && report
      }, `${id} is ${state}`)
    const pidOf = (id: string, of = runner) => until(async () => (await reportOf(id, of)).pid, `pid of ${id}`)
    const treeOf = (spec: ProcessSpec) => findTree(markerOf(spec), null)
    const textOf = (path: string) =>
      until(async () => (await readFile(path, 'utf8').catch(() => '')).trim() || null, `text in ${path}`)

    describe('any driver', () => {
      test('a process that was added is STOPPED until it is started', async () => {
        const spec = specOf()
        await runner.add([spec])
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
        expect(Math.abs((report.startedAt?.getTime() ?? 0) - before)).toBeLessThan(5_000)
      })

      test('starting twice, also at the same time, makes one process', async () => {
        const spec = specOf()
        await runner.add([spec])
        await Promise.all([runner.start(spec.id), runner.start(spec.id)])
        const pid = await pidOf(spec.id)
        await inState(spec.id, 'RUNNING')
        await runner.start(spec.id)
        expect((await reportOf(spec.id)).pid).toBe(pid)
        if (driver.real) expect((await treeOf(spec)).map((one) => one.pid)).toEqual([pid])
      })

      test('adding a known id again leaves the running process alone', async () => {
        const spec = await startNew(specOf())
        const pid = await pidOf(spec.id)
        await runner.add([{ ...spec, args: ['601'] }])
        await inState(spec.id, 'RUNNING')
        expect((await reportOf(spec.id)).pid).toBe(pid)
      })

      test('a stopped process is STOPPED without a pid and can be started again', async () => {
        const spec = await startNew(specOf())
        const first = await pidOf(spec.id)
        await runner.stop(spec.id)
        expect(await reportOf(spec.id)).toMatchObject({ state: 'STOPPED', pid: null, reason: null })
        await runner.start(spec.id)
        expect(await pidOf(spec.id)).not.toBe(first)
      })

      test('adding and removing one process leaves the others their pids', async () => {
        const keeps = await startNew(specOf())
        const pid = await pidOf(keeps.id)
        const goes = await startNew(specOf())
        await pidOf(goes.id)
        await runner.remove(goes.id)
        expect((await runner.reports()).has(goes.id)).toBe(false)
        expect((await reportOf(keeps.id)).pid).toBe(pid)
      })

      test('starting or stopping an unknown id is an error, removing it is none', async () => {
        await expect(runner.start('unknown-r1-0')).rejects.toMatchObject({ code: 'process.unknown' })
        await expect(runner.stop('unknown-r1-0')).rejects.toMatchObject({ code: 'process.unknown' })
        await expect(runner.remove('unknown-r1-0')).resolves.toBeUndefined()
      })

      test('watch tells of every change until it is ended', async () => {
        const seen: ProcessReport[] = []
        const end = runner.watch((report) => seen.push(report))
        const spec = await startNew(specOf())
        await until(async () => seen.some((one) => one.state === 'RUNNING'), 'RUNNING is told')
        await runner.stop(spec.id)
        await until(async () => seen.at(-1)?.state === 'STOPPED', 'STOPPED is told')
        end()
        const count = seen.length
        await runner.start(spec.id)
        await inState(spec.id, 'RUNNING')
        expect(seen.length).toBe(count)
        expect(seen.every((one) => one.id === spec.id)).toBe(true)
      })

      test('opening twice is the same as opening once', async () => {
        const spec = await startNew(specOf())
        const pid = await pidOf(spec.id)
        await runner.open()
        expect((await reportOf(spec.id)).pid).toBe(pid)
      })
    })

    describe.skipIf(!driver.real)(
      driver.real ? 'real processes' : 'real processes (skipped: a fake has none)',
      () => {
        test('environment and arguments arrive literally, and nothing else of ours does', async () => {
          const values = {
            SPACES: ' a  b ',
            QUOTES: `it's "quoted" \\ \`x\``,
            PERCENT: '100% %(here)s %%',
            SEMICOLON: 'a ;b; #c, d=e',
            DOLLAR: '$HOME $(id) ${PATH} *',
            CHINESE: '中文，算法🙂',
            LINES: 'one\ntwo\n\nfour\n',
            EMPTY: '',
          }
          const args = [...Object.values(values), '--last']
          const script =
            'const fs = require("fs"); fs.writeFileSync("part", JSON.stringify([process.env, process.argv.slice(2), process.cwd()])); fs.renameSync("part", process.argv[1]); setTimeout(() => {}, 1e6)'
          const path = join(folder, 'seen.json')
          const spec = await startNew(
            specOf({ file: process.execPath, args: ['-e', script, path, ...args], env: values, cwd: folder }),
          )
          const seen: unknown = JSON.parse(await textOf(path))
          expect(seen).toEqual([spec.env, args, folder])
        })

        test('secrets of the environment do not show in the process list', async () => {
          const secret = randomUUID()
          const spec = await startNew(specOf({ env: { TOKEN: secret } }))
          const pid = await pidOf(spec.id)
          expect(await textOf(`/proc/${pid}/cmdline`)).not.toContain(secret)
        })

        test('what a process writes is appended to its two log files', async () => {
          const spec = await startNew(shell('echo 到达; echo oops >&2; exec sleep 600'))
          expect(await textOf(spec.stdoutLog)).toBe('到达')
          expect(await textOf(spec.stderrLog)).toBe('oops')
          await runner.stop(spec.id)
          await runner.start(spec.id)
          await until(
            async () => (await readFile(spec.stdoutLog, 'utf8')) === '到达\n到达\n',
            'both lines are kept',
          )
        })

        test('stop ends grandchildren, children with a session of their own, and children that ignore TERM', async () => {
          const spec = await startNew(
            shell(
              '(sleep 601 & sleep 602) & setsid sleep 603 & sh -c "trap \'\' TERM; while :; do sleep 1; done" & wait',
              {
                stopGraceMs: 1_000,
              },
            ),
          )
          await until(async () => (await treeOf(spec)).length >= 6, 'the tree stands')
          await runner.stop(spec.id)
          expect(await treeOf(spec)).toEqual([])
        })

        test('a process gets its grace to finish, and TERM only once', async () => {
          const path = join(folder, 'terms')
          const script = `trap 'echo term >> ${path}' TERM; echo ready > ${path}; i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i+$(grep -c term ${path}))); done; echo done >> ${path}`
          const spec = await startNew(shell(script))
          await textOf(path)
          await runner.stop(spec.id)
          expect((await readFile(path, 'utf8')).split('\n')).toEqual(['ready', 'term', 'done', ''])
        })

        test('a process of somebody else with the same id is left alone', async () => {
          const mine = await startNew(specOf({ env: { VITRINE_RELEASE_FILE: join(folder, 'vitrine.json') } }))
          const folderOfOther = await mkdtemp(join(tmpdir(), 'vr-'))
          const other = driver.create(folderOfOther)
          try {
            await other.open()
            const theirs = specOf({
              ...mine,
              env: { VITRINE_RELEASE_FILE: join(folderOfOther, 'vitrine.json') },
            })
            await other.add([theirs])
            await other.start(theirs.id)
            const pid = await pidOf(theirs.id, other)
            await inState(theirs.id, 'RUNNING', other)
            await runner.stop(mine.id)
            expect((await reportOf(theirs.id, other)).pid).toBe(pid)
            expect(await identify(pid)).not.toBeNull()
          } finally {
            await other.shutdown()
            await rm(folderOfOther, { recursive: true, force: true })
          }
        })

        test('a killed process is started again, and the restart is counted', async () => {
          const spec = await startNew(specOf())
          const { pid } = await inState(spec.id, 'RUNNING')
          const identity = pid === null ? null : await identify(pid)
          if (!identity) throw new Error('it does not run')
          signalProcess(identity, 'SIGKILL')
          await until(async () => {
            const now = await reportOf(spec.id)
            return now.pid !== null && now.pid !== pid
          }, 'another pid')
          expect(await inState(spec.id, 'RUNNING')).toMatchObject({
            restarts: 1,
            exitCode: 137,
            reason: null,
          })
        })

        test('children that outlive their killed main process do not live on beside the next one', async () => {
          const spec = await startNew(shell('setsid sleep 605 & sleep 606 & wait'))
          const first = await until(async () => {
            const tree = await treeOf(spec)
            return tree.length === 3 && tree
          }, 'three processes')
          const { pid } = await reportOf(spec.id)
          const main = first.find((one) => one.pid === pid)
          if (!main) throw new Error('the main process is not among them')
          signalProcess(main, 'SIGKILL')
          await until(async () => {
            const tree = await treeOf(spec)
            return tree.length === 3 && tree.every((one) => !first.some((old) => old.pid === one.pid))
          }, 'three others')
          expect((await reportOf(spec.id)).restarts).toBe(1)
        })

        test('a process that ends at once becomes FATAL with its exit code as the reason, and others keep their pid', async () => {
          const healthy = await startNew(specOf())
          const pid = await pidOf(healthy.id)
          const spec = await startNew(shell('exit 3'))
          const report = await inState(spec.id, 'FATAL')
          expect(report).toMatchObject({ pid: null, exitCode: 3, restarts: exitLimit - 1 })
          expect(report.reason).toMatch(/^5 exits in 2 minutes, the last: exit 3 after \d\.\d s/)
          expect((await reportOf(healthy.id)).pid).toBe(pid)
        })

        test('a process that dies again and again after its start time becomes FATAL too', async () => {
          const spec = await startNew(shell('sleep 0.6; exit 4', { startSeconds: 0 }))
          const report = await inState(spec.id, 'FATAL')
          expect(report.reason).toMatch(/^5 exits in 2 minutes, the last: exit 4 after/)
          expect(await treeOf(spec)).toEqual([])
        })

        test('a start that is asked for clears FATAL', async () => {
          const gate = join(folder, 'gate')
          const spec = await startNew(shell(`[ -e ${gate} ] && exec sleep 600; exit 5`))
          await inState(spec.id, 'FATAL')
          await writeFile(gate, '')
          await runner.start(spec.id)
          expect(await inState(spec.id, 'RUNNING')).toMatchObject({ reason: null })
        })

        test('a file that does not exist makes it FATAL with a reason', async () => {
          const spec = await startNew(specOf({ file: join(folder, 'nothing') }))
          const report = await inState(spec.id, 'FATAL')
          expect(report).toMatchObject({ pid: null, exitCode: 127 })
          expect(report.reason).toContain('exit 127')
        })

        test('a second runner on the same folder sees the same process and does not start it twice', async () => {
          const spec = await startNew(specOf())
          const { pid } = await inState(spec.id, 'RUNNING')
          await runner.close()
          expect(pid !== null && (await identify(pid))).not.toBeNull()
          const second = driver.create(folder)
          others.push(second)
          await second.open()
          await second.add([spec])
          await second.start(spec.id)
          expect(await reportOf(spec.id, second)).toMatchObject({ pid, state: 'RUNNING' })
          expect((await treeOf(spec)).map((one) => one.pid)).toEqual([pid])
        })

        test('a process that was adopted is still started again when it dies', async () => {
          const spec = await startNew(specOf())
          const { pid } = await inState(spec.id, 'RUNNING')
          await runner.close()
          const second = driver.create(folder)
          others.push(second)
          await second.open()
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

        test('what was given up stays FATAL for the next runner on the folder', async () => {
          const spec = await startNew(shell('sleep 0.3; exit 6', { startSeconds: 0 }))
          const { reason } = await inState(spec.id, 'FATAL')
          await runner.close()
          const second = driver.create(folder)
          others.push(second)
          await second.open()
          expect(await reportOf(spec.id, second)).toMatchObject({ state: 'FATAL', reason, pid: null })
        })

        test('shutdown ends every process and what the driver started, and forgets them', async () => {
          const specs = [specOf(), specOf()]
          await runner.add(specs)
          await Promise.all(specs.map((spec) => runner.start(spec.id)))
          await Promise.all(specs.map((spec) => pidOf(spec.id)))
          await runner.shutdown()
          for (const spec of specs) expect(await treeOf(spec)).toEqual([])
          await runner.open()
          expect((await runner.reports()).size).toBe(0)
        })

        test('fifty processes start and stop in parallel', async () => {
          const specs = Array.from({ length: 50 }, () => specOf())
          await runner.add(specs)
          await Promise.all(specs.map((spec) => runner.start(spec.id)))
          await until(async () => {
            const reports = await runner.reports()
            return specs.every((spec) => reports.get(spec.id)?.state === 'RUNNING')
          }, 'all run')
          const pids = new Set([...(await runner.reports()).values()].map((one) => one.pid))
          expect(pids.size).toBe(50)
          await Promise.all(specs.map((spec) => runner.stop(spec.id)))
          const reports = await runner.reports()
          expect(specs.every((spec) => reports.get(spec.id)?.state === 'STOPPED')).toBe(true)
        })

        test.skipIf(!isRoot)(
          isRoot
            ? 'a process runs as the user it is given'
            : 'a process runs as the user it is given (skipped: needs root)',
          async () => {
            const spec = await startNew(
              shell('id -u; id -g; id -G; exec sleep 600', {
                user: { name: 'nobody', uid: 65534, gid: 65534 },
              }),
            )
            await until(
              async () => (await textOf(spec.stdoutLog)) === '65534\n65534\n65534',
              'user, group and groups are those of nobody',
            )
          },
        )

        const engine = driver.killEngine
        test.skipIf(!engine)(
          engine
            ? 'when the engine is killed, opening again brings back once what was desired, and only that'
            : 'when the engine is killed … (skipped: the driver has none)',
          async () => {
            if (!engine) return
            const [wanted, unwanted] = [specOf(), specOf()]
            await runner.add([wanted, unwanted])
            await runner.start(wanted.id)
            await runner.start(unwanted.id)
            const { pid } = await inState(wanted.id, 'RUNNING')
            await runner.stop(unwanted.id)
            const orphan = pid === null ? null : await identify(pid)
            await runner.close()
            await engine(folder)
            expect(orphan && (await isAlive(orphan))).toBe(true)
            const second = driver.create(folder)
            others.push(second)
            await second.open()
            const next = await pidOf(wanted.id, second)
            expect(orphan && (await isAlive(orphan))).toBe(false)
            await inState(wanted.id, 'RUNNING', second)
            expect((await treeOf(wanted)).map((one) => one.pid)).toEqual([next])
            expect(await treeOf(unwanted)).toEqual([])
          },
        )

        test.skipIf(!engine)(
          engine
            ? 'when the engine dies beside an open runner, it comes back by itself with what was desired'
            : 'when the engine dies beside an open runner … (skipped: the driver has none)',
          async () => {
            if (!engine) return
            const spec = await startNew(specOf())
            const { pid } = await inState(spec.id, 'RUNNING')
            await engine(folder)
            await until(async () => {
              const now = (await runner.reports().catch(() => null))?.get(spec.id)
              return now !== undefined && now.pid !== null && now.pid !== pid
            }, 'another pid')
            await inState(spec.id, 'RUNNING')
            expect(await treeOf(spec)).toHaveLength(1)
          },
        )
      },
    )
  })
}
