import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../runner-bench.test-suite.ts'
import { containerLog, type ContainerLog } from './container-log.ts'
import { FakeDaemon } from './fake-daemon.test-setup.ts'

let folder: string
let daemon: FakeDaemon
let log: ContainerLog
let errors: unknown[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vr-'))
  daemon = new FakeDaemon()
  errors = []
})
afterEach(async () => {
  await log.close()
  await daemon.end()
  await rm(folder, { recursive: true, force: true })
})

async function open(stderr = join(folder, 'err')): Promise<void> {
  const docker = await daemon.start(join(folder, 'docker.sock'))
  const paths = { stdout: join(folder, 'out'), stderr, cursor: join(folder, 'at') }
  log = containerLog(docker, paths, (error) => errors.push(error))
}
/** The answer to the request for the log of this number, from 0. */
const answer = (at: number) => until(async () => daemon.logs.at(at), `log ${at} was asked for`)
const frame = (second: number, text: string, code = 1) => {
  const payload = Buffer.from(`2026-01-02T03:04:0${second}.000000000Z ${text}`)
  const head = Buffer.alloc(8)
  head.writeUInt8(code)
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}
const textOf = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')

test('a life that begins while the log of the one before is read is followed after it', async () => {
  await open()
  log.follow('c1')
  const first = await answer(0)
  log.follow('c1')
  first.end(frame(1, 'life one\n'))
  const second = await answer(1)
  second.write(Buffer.concat([frame(1, 'life one\n'), frame(2, 'life two\n')]))
  await until(async () => (await textOf('out')).includes('two'), 'the second life is in the file')
  expect(await textOf('out')).toBe('life one\nlife two\n')
})

test('a log that cannot be written is reported, and no longer read', async () => {
  await open('/dev/full')
  log.follow('c1')
  const stream = await answer(0)
  const closed = once(stream, 'close')
  stream.write(frame(1, 'bad\n', 2))
  await closed
  expect(errors).toMatchObject([{ code: 'ENOSPC' }])
})

test('a daemon that freezes after a stop holds up neither the stop nor the log of the next container', async () => {
  await open()
  log.follow('c1')
  const first = await answer(0)
  first.write(frame(1, 'first\n'))
  await log.drain('c1', 100)
  expect(errors).toMatchObject([{ message: expect.stringContaining('c1') }])
  log.follow('c2')
  const second = await answer(1)
  second.write(frame(2, 'second\n'))
  await until(
    async () => (await textOf('out')).includes('second'),
    'the log of the next container is in the file',
  )
})
