import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessLogLine, type AccessLogLine } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { AccessLog } from './access-log.ts'

let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-access-log-'))
  file = join(folder, 'access.log')
})
const logs: AccessLog[] = []
afterEach(async () => {
  for (const log of logs.splice(0)) await log.close()
  await rm(folder, { recursive: true })
})

const line = (id: string): AccessLogLine => ({
  time: '2026-01-01T00:00:00.000Z',
  request_id: id,
  service_id: null,
  release: null,
  instance_id: null,
  caller: null,
  method: 'GET',
  path: '/',
  status: 200,
  latency_ms: 1,
  bytes_in: 0,
  bytes_out: 0,
  remote_address: '127.0.0.1',
  error: null,
})

const ids = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((text) => accessLogLine.parse(JSON.parse(text)).request_id)

function create(maxBytes = 1_000_000, openFile = open) {
  const problems: string[] = []
  const log = new AccessLog(file, { maxBytes, report: (message) => problems.push(message), openFile })
  logs.push(log)
  return { log, problems }
}

test('a log that is closed has written its lines, and has no file open', async () => {
  const opened: Awaited<ReturnType<typeof open>>[] = []
  const { log } = create(1_000_000, async (...given) => {
    const handle = await open(...given)
    opened.push(handle)
    return handle
  })
  log.add(line('a'))
  await log.close()
  expect(await ids(file)).toEqual(['a'])
  // The number of a closed file is -1.
  expect(opened.map(({ fd }) => fd)).toEqual([-1])
})

test('lines are written in their order', async () => {
  const { log } = create()
  for (const id of ['a', 'b', 'c']) log.add(line(id))
  await log.flush()
  expect(await ids(file)).toEqual(['a', 'b', 'c'])
})

test('the token of a share link is in no line, and paths of services are as they were sent', async () => {
  const { log } = create()
  const of = { ...line('a'), service_id: 'demo' }
  for (const [path, logged] of [
    ['/s/secret', '/s/-'],
    ['/api/v1/public/shares/secret', '/api/v1/public/shares/-'],
    ['/api/v1/public/shares/secret/runs/1/events', '/api/v1/public/shares/-/runs/1/events'],
    ['/services', '/services'],
  ] as const) {
    log.add({ ...line(logged), path })
    log.add({ ...line(logged), path: `HTTP://localhost:8080${path}` })
    log.add({ ...of, request_id: path, path })
  }
  await log.flush()
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  for (const text of lines) {
    const { request_id: id, path } = accessLogLine.parse(JSON.parse(text))
    expect(path).toBe(id)
  }
  expect(lines).toHaveLength(12)
})

test('if the file was moved away, a new file is started under its name', async () => {
  const { log } = create()
  log.add(line('a'))
  await log.flush()
  await rename(file, `${file}.moved`)
  log.add(line('b'))
  await log.flush()
  expect([await ids(`${file}.moved`), await ids(file)]).toEqual([['a'], ['b']])
})

test('a file that exceeds its size limit is rotated, and the last fifteen are kept', async () => {
  const { log } = create(100)
  const written = Array.from({ length: 17 }, (_, place) => `line-${place}`)
  for (const id of written) {
    log.add(line(id))
    await log.flush()
  }
  expect(await ids(`${file}.1`)).toEqual(['line-16'])
  expect(await ids(`${file}.15`)).toEqual(['line-2'])
  expect((await readdir(folder)).length).toBe(15)
})

test('an incomplete line left by a killed process is ended, so the next line is complete', async () => {
  await writeFile(file, '{"time":"2026')
  const { log } = create()
  log.add(line('a'))
  await log.flush()
  log.add(line('b'))
  await log.flush()
  const [half, ...whole] = (await readFile(file, 'utf8')).trim().split('\n')
  expect(half).toBe('{"time":"2026')
  expect(whole.map((text) => accessLogLine.parse(JSON.parse(text)).request_id)).toEqual(['a', 'b'])
})

test('lines that cannot be written are counted and reported, and logging continues when it is possible again', async () => {
  const { log, problems } = create()
  await rm(folder, { recursive: true })
  log.add(line('a'))
  await log.flush()
  await mkdir(folder)
  log.add(line('b'))
  await log.flush()
  expect(await ids(file)).toEqual(['b'])
  expect(problems).toEqual([expect.stringContaining('cannot be written'), '1 access log lines were dropped'])
})

test('while the file cannot be written, that is told once', async () => {
  const { log, problems } = create()
  await rm(folder, { recursive: true })
  for (const id of ['a', 'b', 'c']) {
    log.add(line(id))
    await log.flush()
  }
  await mkdir(folder)
  log.add(line('d'))
  await log.flush()
  expect(problems).toEqual([expect.stringContaining('cannot be written'), '3 access log lines were dropped'])
})

test('logging goes on after a file that cannot be closed', async () => {
  /** As on a disk whose quota ends: it says only at the end that something could not be written. */
  const openFile: typeof open = async (...given) => {
    const handle = await open(...given)
    const close = handle.close.bind(handle)
    vi.spyOn(handle, 'close').mockImplementationOnce(async () => {
      await close()
      throw new Error('EDQUOT')
    })
    return handle
  }
  const { log, problems } = create(1_000_000, openFile)
  log.add(line('a'))
  await log.flush()
  await log.reopen()
  log.add(line('b'))
  await log.flush()
  expect(await ids(file)).toEqual(['a', 'b'])
  expect(problems).toEqual([expect.stringContaining('EDQUOT')])
})

test('kept bodies are in their own file before the line that names it is written, and are not in the log', async () => {
  const { log } = create()
  const body = { type: 'text/plain', bytes: 5, text: 'hello', is_cut: false }
  log.add(line('a'), { request: body, response: body })
  log.add(line('b'))
  await log.flush()
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('hello')
  const [first, second] = text.trim().split('\n')
  const kept = accessLogLine.parse(JSON.parse(first ?? '')).kept ?? ''
  expect(JSON.parse(await readFile(join(folder, 'kept', kept), 'utf8'))).toEqual({
    request: body,
    response: body,
  })
  expect(accessLogLine.parse(JSON.parse(second ?? '')).kept).toBeUndefined()
})

test('a line is written even if the bodies cannot be kept', async () => {
  const { log, problems } = create()
  await writeFile(join(folder, 'kept'), 'a file in place of the folder')
  const body = { type: null, bytes: 0, text: '', is_cut: false }
  log.add(line('a'), { request: body, response: body })
  await log.flush()
  expect(await ids(file)).toEqual(['a'])
  expect(problems).toEqual([expect.stringContaining('cannot be kept')])
})
