import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { followLogs } from '../../adapters/log-files/log-follow.ts'
import { realRunners } from '../../adapters/process-runner/real-runners.test-setup.ts'
import { dataPaths } from '../../lib/paths.ts'
import { logSourcesOf } from '../service-logs/service-logs.sources.ts'
import { freeLogPart, logFilesOf, ownerOfLog, temporaryLogPart } from './log-names.ts'

test.each([
  [{ serviceId: 'a', replica: 1, logPart: '' }, 'a.log', 'a_error.log'],
  [{ serviceId: 'a-2', replica: 12, logPart: '' }, 'a-2.12.log', 'a-2.12_error.log'],
  [{ serviceId: 'a', replica: 1, logPart: 'b1' }, 'a.b1.log', 'a.b1_error.log'],
  [{ serviceId: 'a', replica: 3, logPart: temporaryLogPart(7) }, 'a.3.c7.log', 'a.3.c7_error.log'],
])('the files of %j are found by their names, also those set aside', (owner, stdout, stderr) => {
  const files = logFilesOf({ serviceLogs: '/logs' }, owner)
  expect(files).toEqual({ stdoutLog: join('/logs', stdout), stderrLog: join('/logs', stderr) })
  for (const name of [stdout, stderr, `${stdout}.3`, `${stderr}.rotating`])
    expect(ownerOfLog(name)).toEqual(owner)
})

test('other files do not count as logs', () => {
  expect(['a.txt', 'a.b.log', 'a.log.gz', '.log', 'A.log'].map(ownerOfLog)).toEqual(Array(5).fill(null))
})

test('a second instance of a replica gets a free log part', () => {
  expect([[], [''], ['b1'], ['', 'b1'], ['', 'b2']].map(freeLogPart)).toEqual(['', 'b1', '', 'b2', 'b1'])
})

const logRotation = { maxBytes: 20_000, backups: 100 }

/** The smallest number of rotated files. */
const setAside = { local: 1, supervisor: 5 }
const lines = 6_000
/** Writes numbered lines and each line end separately, as Python's unbuffered `print` does. */
const script = `
  const { writeSync } = require('node:fs')
  let number = 1
  const step = () => {
    for (let one = 0; one < 20 && number <= ${lines}; one++) {
      writeSync(1, process.env.NAME + ' ' + number++)
      writeSync(1, '\\n')
    }
    setTimeout(step, 10)
  }
  step()`

describe.each(realRunners)('under the $name runner', ({ kind, open }) => {
  test.skipIf(open === null)(
    'two instances of one replica run at once, as in a deploy, and a follower misses no line whatever is rotated',
    async () => {
      if (open === null) return
      const folder = await mkdtemp(join(tmpdir(), 'vn-'))
      const paths = dataPaths(folder)
      await mkdir(paths.serviceLogs, { recursive: true })
      const runner = open(folder, { logRotation })
      const stop = new AbortController()
      const giveUp = setTimeout(() => stop.abort(), 100_000)
      try {
        await runner.open()
        const taken: string[] = []
        for (const id of ['a-r1-1', 'a-r2-1']) {
          const logPart = freeLogPart(taken)
          taken.push(logPart)
          await runner.add([
            {
              id,
              file: process.execPath,
              args: ['-e', script],
              cwd: folder,
              user: null,
              limits: {},
              env: { VITRINE_INSTANCE: id, VITRINE_RELEASE_FILE: join(folder, 'vitrine.json'), NAME: id },
              ...logFilesOf(paths, { serviceId: 'a', replica: 1, logPart }),
              startSeconds: 1,
              stopGraceMs: 1_000,
            },
          ])
        }
        const followed: string[] = []
        await runner.start('a-r1-1')
        const list = () => logSourcesOf(paths, 'a', {}, (text) => text)
        for await (const told of followLogs(list, { q: '' }, { limit: 10_000, signal: stop.signal })) {
          if (told.kind === 'lines') followed.push(...told.lines.map(({ text }) => text))
          else await runner.start('a-r2-1')
          if (followed.length >= 2 * lines) break
        }
        for (const id of ['a-r1-1', 'a-r2-1'])
          expect(followed.filter((line) => line.startsWith(id))).toEqual(
            Array.from({ length: lines }, (_none, index) => `${id} ${index + 1}`),
          )
        const names = await readdir(paths.serviceLogs)
        expect(names.filter((name) => /\.log\.\d+$/.test(name)).length).toBeGreaterThanOrEqual(setAside[kind])
      } finally {
        clearTimeout(giveUp)
        await runner.shutdown()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
