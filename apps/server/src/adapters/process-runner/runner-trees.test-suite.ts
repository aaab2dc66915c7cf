import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { identify, signalProcess } from '../../lib/procfs/process-identity.ts'
import { exitLimit } from './crash-loop.ts'
import type { ProcessEnd } from './process-reason.ts'
import type { ProcessReport } from './process-runner.ts'
import { until, type RunnerBench } from './runner-bench.test-suite.ts'

const loop = { code: 'crash_loop', exits: exitLimit, withinS: 120 }

/** Tests what happens to real processes and their children. */
export function describeTrees(bench: RunnerBench): void {
  const { specOf, shell, reportOf, startNew, inState, pidOf, treeOf, whole, textOf } = bench
  describe('real processes', () => {
    test('environment and arguments arrive literally, and nothing else of our environment', async () => {
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
      const path = join(bench.folder, 'seen.json')
      const spec = await startNew(
        specOf({
          file: bench.node,
          args: ['-e', script, path, ...args],
          env: values,
          cwd: bench.folder,
        }),
      )
      const seen: unknown = JSON.parse(await textOf(path))
      expect(seen).toEqual([{ ...spec.env, ...bench.addedVariables }, args, bench.folder])
    })

    test('secrets of the environment do not show in the process list', async () => {
      const secret = randomUUID()
      const spec = await startNew(specOf({ env: { TOKEN: secret } }))
      const pid = await pidOf(spec.id)
      expect(await textOf(`/proc/${pid}/cmdline`)).not.toContain(secret)
    })

    test.skipIf(bench.driver.isInCluster)(
      'the output of a process is appended to its two log files',
      async () => {
        const spec = await startNew(shell('echo 到达; echo oops >&2; exec sleep 600'))
        expect(await textOf(spec.stdoutLog)).toBe('到达')
        expect(await textOf(spec.stderrLog)).toBe('oops')
        await bench.runner.stop(spec.id)
        await bench.runner.start(spec.id)
        await until(
          async () => (await readFile(spec.stdoutLog, 'utf8')) === '到达\n到达\n',
          'both lines are kept',
        )
      },
    )

    test('stop ends grandchildren, children in their own session, and children that ignore TERM', async () => {
      const spec = await startNew(
        shell(
          '(sleep 601 & sleep 602) & setsid sleep 603 & sh -c "trap \'\' TERM; while :; do sleep 1; done" & wait',
          {
            stopGraceMs: 1_000,
          },
        ),
      )
      await until(async () => (await treeOf(spec)).length >= whole(6), 'the tree stands')
      await bench.runner.stop(spec.id)
      expect(await treeOf(spec)).toEqual([])
    })

    test('a process gets its grace time to finish, and TERM only once', async () => {
      const script = `
        const { appendFileSync } = require('node:fs')
        const say = (word) => appendFileSync('terms', word + '\\n')
        process.on('SIGTERM', () => { say('term'); setTimeout(() => { say('done'); process.exit(0) }, 500) })
        setTimeout(() => {}, 1e6)
        say('ready')`
      const path = join(bench.folder, 'terms')
      const changes = { file: bench.node, args: ['-e', script], stopGraceMs: 30_000 }
      const spec = await startNew(specOf(changes))
      await textOf(path)
      await bench.runner.stop(spec.id)
      expect((await readFile(path, 'utf8')).split('\n')).toEqual(['ready', 'term', 'done', ''])
    })

    test('a process that is stopped right after its start does not have to wait for KILL', async () => {
      const spec = specOf({ stopGraceMs: 60_000 })
      await bench.runner.add([spec])
      for (let round = 0; round < 5; round++) {
        await bench.runner.start(spec.id)
        const began = Date.now()
        await bench.runner.stop(spec.id)
        // The wait for KILL would be as long as this.
        expect(Date.now() - began).toBeLessThan(60_000)
      }
    })

    test('a process that asks for a sandbox is told to end as soon as it has begun, also where there is no sandbox', async () => {
      const script = "trap 'echo told; exit' TERM; echo up; sleep 60 & wait; echo ended by itself"
      const sandbox = { read: [], write: [bench.folder] }
      const spec = await startNew(shell(script, { sandbox, stopGraceMs: 60_000 }))
      await textOf(spec.stdoutLog)
      await bench.runner.stop(spec.id)
      expect((await textOf(spec.stdoutLog)).split('\n')).toEqual(['up', 'told'])
    })

    test('a process of another platform with the same id is left alone', async () => {
      const mine = await startNew(
        specOf({ env: { VITRINE_RELEASE_FILE: join(bench.folder, 'vitrine.json') } }),
      )
      const folderOfOther = await mkdtemp(join(tmpdir(), 'vr-'))
      const other = bench.driver.create(folderOfOther, bench.ports)
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
        await bench.runner.stop(mine.id)
        expect((await reportOf(theirs.id, other)).pid).toBe(pid)
        expect(await identify(pid)).not.toBeNull()
      } finally {
        await other.shutdown()
        await rm(folderOfOther, { recursive: true, force: true })
      }
    })

    test('a killed process is restarted, and the restart is counted', async () => {
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

    test.each([
      ['its exit code', 'exit 3', { code: 'exited', exitCode: 3 }],
      ['its signal', 'kill -SEGV $$', { code: 'signalled', signal: 'SIGSEGV' }],
    ])('the report of the next process tells how the former one ended: %s', async (_what, end, ended) => {
      const been = join(bench.folder, 'been')
      const script = `[ -e ${been} ] && exec sleep 600; touch ${been}; sleep 0.2; ${end}`
      const seen: ProcessReport[] = []
      const endWatch = bench.runner.watch((report) => seen.push(report))
      const spec = await startNew(shell(script))
      // On a busy machine the first process may run for long enough to be told as running.
      const { generation } = await until(async () => {
        const report = await reportOf(spec.id)
        return report.state === 'RUNNING' && report.restarts > 0 && report
      }, 'the next process runs')
      endWatch()
      const ofNext = seen.filter((report) => report.id === spec.id && report.generation === generation)
      expect(ofNext.length).toBeGreaterThan(0)
      for (const report of ofNext) expect(report).toMatchObject({ restarts: 1, lastEnd: ended })
    })

    test('children of a killed main process are ended before the next one runs', async () => {
      const spec = await startNew(shell('setsid sleep 605 & sleep 606 & wait'))
      const first = await until(async () => {
        const tree = await treeOf(spec)
        return tree.length === whole(3) && tree
      }, 'three processes')
      const pid = await pidOf(spec.id)
      const main = first.find((one) => one.pid === pid)
      if (!main) throw new Error('the main process is not among them')
      signalProcess(main, 'SIGKILL')
      await until(async () => {
        const tree = await treeOf(spec)
        return tree.length === whole(3) && tree.every((one) => !first.some((old) => old.pid === one.pid))
      }, 'three others')
      const restarts = await until(
        async () => (await reportOf(spec.id)).restarts || null,
        'the restart is told',
      )
      expect(restarts).toBe(1)
    })

    test('a process that exits at once becomes FATAL with its exit code as the reason, and others keep their pid', async () => {
      const healthy = await startNew(specOf())
      const pid = await pidOf(healthy.id)
      const spec = await startNew(shell('exit 3'))
      const report = await inState(spec.id, 'FATAL')
      expect(report).toMatchObject({ pid: null, exitCode: 3, restarts: exitLimit - 1 })
      expect(report.reason).toMatchObject({ ...loop, last: { code: 'exited', exitCode: 3 } })
      expect((await reportOf(healthy.id)).pid).toBe(pid)
    })

    test('a process that dies again and again after its start time becomes FATAL too', async () => {
      const spec = await startNew(shell('sleep 0.6; exit 4', { startSeconds: 0 }))
      const report = await inState(spec.id, 'FATAL')
      // An engine that restarts it by itself may do so once more before a busy control plane has read its fifth exit.
      const exits = expect.toSatisfy((count: number) => count >= exitLimit)
      expect(report.reason).toMatchObject({ ...loop, exits, last: { code: 'exited', exitCode: 4 } })
      expect(await treeOf(spec)).toEqual([])
    })

    test('a requested start clears FATAL', async () => {
      const gate = join(bench.folder, 'gate')
      const spec = await startNew(shell(`[ -e ${gate} ] && exec sleep 600; exit 5`))
      await inState(spec.id, 'FATAL')
      await writeFile(gate, '')
      await bench.runner.start(spec.id)
      expect(await inState(spec.id, 'RUNNING')).toMatchObject({ reason: null })
    })

    test('a file that does not exist makes it FATAL with a reason', async () => {
      const spec = await startNew(specOf({ file: join(bench.folder, 'nothing') }))
      const report = await inState(spec.id, 'FATAL')
      expect(report).toMatchObject({ pid: null, exitCode: 127 })
      // The message depends on who starts it: the system if the driver does, a shell if a shell does.
      const last = expect.toSatisfy(
        (end: ProcessEnd) =>
          (end.code === 'spawn_failed' && end.errno === 'ENOENT') ||
          (end.code === 'exited' && end.exitCode === 127),
      )
      expect(report.reason).toMatchObject({ ...loop, last })
    })
  })
}
