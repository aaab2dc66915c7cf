import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downloadLogs } from '../../log-files/log-download.ts'
import { followLogs } from '../../log-files/log-follow.ts'
import { findProgram } from '../../../lib/find-program.ts'
import { testPorts } from '../runner-ports.test-source.ts'
import { testSockets } from '../runner-sockets.test-source.ts'
import { supervisorRunner } from './supervisor-runner.ts'

const program = await findProgram('supervisord', process.env.PATH ?? '')
const name = 'a log that supervisord sets aside, cut anywhere, is followed and downloaded without loss'
const lines = 20_000
const script = `
  const { writeSync } = require('node:fs')
  let number = 1
  const step = () => {
    for (let one = 0; one < 100 && number <= ${lines}; one++) writeSync(1, '第 ' + number++ + ' 行\\n')
    setTimeout(step, 5)
  }
  step()`

test.skipIf(program === null)(program === null ? `${name} (skipped: needs supervisord)` : name, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vs-'))
  const source = { replica: 1, stream: 'stdout' as const, path: join(folder, 'a.log') }
  const runner = supervisorRunner({
    folder: join(folder, 'supervisor'),
    recordPath: join(folder, 'record.json'),
    program: program ?? '',
    ports: testPorts(),
    sockets: testSockets(folder),
    onError: (error) => {
      throw error
    },
    logRotation: { maxBytes: 20_000, backups: 100 },
  })
  const stop = new AbortController()
  const giveUp = setTimeout(() => stop.abort(), 90_000)
  try {
    await mkdir(join(folder, 'supervisor'))
    await runner.open()
    await runner.add([
      {
        id: 'a-r1-1',
        file: process.execPath,
        args: ['-e', script],
        cwd: folder,
        env: { VITRINE_INSTANCE: 'a-r1-1' },
        user: null,
        limits: {},
        stdoutLog: source.path,
        stderrLog: join(folder, 'b.log'),
        startSeconds: 1,
        stopGraceMs: 1000,
      },
    ])
    await runner.start('a-r1-1')
    const followed: string[] = []
    const options = { limit: 10_000, signal: stop.signal }
    for await (const told of followLogs(async () => [source], { q: '' }, options)) {
      if (told.kind === 'lines') followed.push(...told.lines.map(({ text }) => text))
      if (followed.length >= lines) break
    }
    const written = Array.from({ length: lines }, (_, index) => `第 ${index + 1} 行`)
    expect(followed).toEqual(written)
    expect((await readdir(folder)).filter((one) => /^a\.log\.\d+$/.test(one)).length).toBeGreaterThan(5)
    let downloaded = ''
    for await (const piece of downloadLogs([source], { q: '' })) downloaded += piece
    expect(downloaded.trimEnd().split('\n')).toEqual(written)
  } finally {
    clearTimeout(giveUp)
    await runner.shutdown()
    await rm(folder, { recursive: true, force: true })
  }
})
