import { idleUploadHours } from '@vitrine/contract'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { request as httpRequest, type ClientRequest } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { answerBeforeEnd } from '../../../../../tests/support/answer-before-end.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openWorld, type World } from '../assets/assets.test-world.ts'

const tus = { 'tus-resumable': '1.0.0' }
const part = { ...tus, 'content-type': 'application/offset+octet-stream' }
const limitBytes = 4_000_000

let world: World
let origin: string

beforeEach(async () => {
  world = await openWorld({ limitBytes, tools: null })
  await mkdir(join(world.folder, 'arriving'), { recursive: true })
  origin = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(() => world.close())

const send = (
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array<ArrayBuffer>,
) =>
  fetch(new URL(path, origin), { method, headers: { 'x-test-role': 'user', ...headers }, body: body ?? null })

const encoded = (text: string) => Buffer.from(text).toString('base64')

/** Creates an upload and returns its path. */
async function begin(size: number, name = '街景.txt', role = 'user'): Promise<string> {
  const answer = await send('POST', '/api/v1/uploads', {
    ...tus,
    'upload-length': String(size),
    'upload-metadata': `filename ${encoded(name)},owner ${encoded('somebody else')}`,
    'x-test-role': role,
  })
  expect(answer.status).toBe(201)
  return answer.headers.get('location') ?? ''
}

const offsetOf = async (path: string) => Number((await send('HEAD', path, tus)).headers.get('upload-offset'))
const idOf = (path: string) => path.split('/').at(-1) ?? ''
const makeAsset = (body: object, role = 'user') =>
  fetch(new URL('/api/v1/assets', origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-test-role': role },
    body: JSON.stringify(body),
  })

/** Sends the first part of the announced bytes and then nothing, after some of them are on the disk. */
async function sendHalf(path: string, all: Buffer, sent: number): Promise<ClientRequest> {
  const request = httpRequest(new URL(path, origin), {
    method: 'PATCH',
    headers: { ...part, 'x-test-role': 'user', 'upload-offset': '0', 'content-length': all.length },
  })
  request.on('error', () => undefined)
  request.write(all.subarray(0, sent))
  const file = join(world.folder, 'arriving', idOf(path))
  const hasBegun = await waitFor(async () => (await stat(file)).size > 0, { timeoutMs: patienceMs })
  expect(hasBegun).toBe(true)
  return request
}

test('OPTIONS answers what tus 1.0 requires, to anybody and without a version', async () => {
  for (const headers of [{}, { 'tus-resumable': '0.2.2' }, tus]) {
    const answer = await fetch(new URL('/api/v1/uploads', origin), { method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('tus-resumable')).toBe('1.0.0')
    expect(answer.headers.get('tus-version')?.split(',')).toContain('1.0.0')
    expect(answer.headers.get('tus-max-size')).toBe(String(limitBytes))
    expect(answer.headers.get('tus-extension')?.split(',')).toEqual(
      expect.arrayContaining(['creation', 'creation-with-upload', 'termination', 'expiration']),
    )
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('an interrupted upload continues where it stopped, and becomes an asset with all its bytes', async () => {
  const content = randomBytes(3_000_000)
  const path = await begin(content.length)
  const broken = await sendHalf(path, content, 1_000_000)
  const closed = new Promise((resolve) => broken.once('close', resolve))
  broken.destroy()
  await closed
  const offset = await offsetOf(path)
  expect(offset).toBeGreaterThan(0)
  expect(offset).toBeLessThanOrEqual(1_000_000)
  const rest = await send(
    'PATCH',
    path,
    { ...part, 'upload-offset': String(offset) },
    new Uint8Array(content.subarray(offset)),
  )
  expect([rest.status, rest.headers.get('upload-offset')]).toEqual([204, String(content.length)])
  const answer = await makeAsset({ upload_id: idOf(path) })
  const asset = await answer.json()
  expect([answer.status, asset.name, asset.size]).toEqual([201, '街景.txt', content.length])
  const kept = await world.get(`/${asset.id}/content?variant=original`)
  expect(kept.rawPayload.equals(content)).toBe(true)
  expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
})

test('a stalled connection does not prevent its sender from continuing', async () => {
  const content = randomBytes(1_000_000)
  const path = await begin(content.length)
  const hanging = await sendHalf(path, content, 300_000)
  const offset = await offsetOf(path)
  expect(offset).toBeGreaterThan(0)
  const rest = new Uint8Array(content.subarray(offset))
  expect((await send('PATCH', path, { ...part, 'upload-offset': String(offset) }, rest)).status).toBe(204)
  hanging.destroy()
})

test('an incomplete upload cannot become an asset', async () => {
  const path = await begin(10)
  await send('PATCH', path, { ...part, 'upload-offset': '0' }, new Uint8Array(4))
  const answer = await makeAsset({ upload_id: idOf(path), name: 'a.bin' })
  expect([answer.status, (await answer.json()).error]).toMatchObject([
    409,
    { code: 'uploads.incomplete', details: { received: 4, size: 10 } },
  ])
})

test('an upload whose bytes are still arriving is refused at once, however long they take', async () => {
  const path = await begin(10)
  const hanging = await sendHalf(path, randomBytes(10), 4)
  const answer = await makeAsset({ upload_id: idOf(path) })
  expect([answer.status, (await answer.json()).error.code]).toEqual([409, 'uploads.incomplete'])
  hanging.destroy()
})

test('a neighbour does not see another person’s upload', async () => {
  const path = await begin(10)
  for (const answer of [
    await send('HEAD', path, { ...tus, 'x-test-role': 'neighbour' }),
    await send(
      'PATCH',
      path,
      { ...part, 'upload-offset': '0', 'x-test-role': 'neighbour' },
      new Uint8Array(4),
    ),
    await send('DELETE', path, { ...tus, 'x-test-role': 'neighbour' }),
    await makeAsset({ upload_id: idOf(path) }, 'neighbour'),
  ])
    expect(answer.status).toBe(404)
  expect(await offsetOf(path)).toBe(0)
})

test('uploading needs sign-in', async () => {
  const answer = await send('POST', '/api/v1/uploads', {
    ...tus,
    'upload-length': '1',
    'x-test-role': 'nobody',
  })
  expect([answer.status, (await answer.json()).error.code]).toEqual([401, 'auth.required'])
})

test('an upload above the limit is refused before any byte, and one above its announced size while it arrives', async () => {
  const announced = await send('POST', '/api/v1/uploads', { ...tus, 'upload-length': String(limitBytes + 1) })
  expect([announced.status, (await announced.json()).error.code]).toEqual([413, 'uploads.over_limit'])
  const path = await begin(10)
  const more = await send('PATCH', path, { ...part, 'upload-offset': '0' }, new Uint8Array(11))
  expect([more.status, (await more.json()).error.code]).toEqual([413, 'uploads.over_limit'])
  expect(await offsetOf(path)).toBeLessThanOrEqual(10)
})

test('a part with the wrong offset changes nothing', async () => {
  const path = await begin(10)
  const answer = await send('PATCH', path, { ...part, 'upload-offset': '5' }, new Uint8Array(5))
  expect([answer.status, (await answer.json()).error.code]).toEqual([409, 'uploads.offset_wrong'])
  expect(await offsetOf(path)).toBe(0)
})

test('a request that is not tus is refused with the usual error form', async () => {
  const answer = await send('POST', '/api/v1/uploads', { 'upload-length': '1' })
  expect([answer.status, (await answer.json()).error.code]).toEqual([400, 'uploads.refused'])
})

test.each(['partial', 'final;/api/v1/uploads/a /api/v1/uploads/b'])(
  'an upload that is to be joined with others (%s) is refused, which is no failure of the platform',
  async (concat) => {
    const headers = { ...tus, 'upload-length': '1', 'upload-concat': concat }
    const answer = await send('POST', '/api/v1/uploads', headers)
    expect([answer.status, (await answer.json()).error.code]).toEqual([400, 'uploads.refused'])
  },
)

test.each(['application/json', 'text/plain'])(
  'a part of the type %s is refused before it has arrived, so that it takes no memory',
  async (type) => {
    const path = await begin(10)
    const headers = {
      ...tus,
      'content-type': type,
      'transfer-encoding': 'chunked',
      'upload-offset': '0',
      'x-test-role': 'user',
    }
    const answer = await answerBeforeEnd(
      new URL(path, origin),
      { method: 'PATCH', headers },
      Buffer.from('{"'),
    )
    expect(answer.statusCode).toBe(400)
    expect(await offsetOf(path)).toBe(0)
  },
)

test('an upload is begun and removed also by a client that states the type JSON without a body', async () => {
  const json = { ...tus, 'content-type': 'application/json' }
  const begun = await send('POST', '/api/v1/uploads', { ...json, 'upload-length': '1' })
  expect(begun.status).toBe(201)
  expect((await send('DELETE', begun.headers.get('location') ?? '', json)).status).toBe(204)
})

test('a cancelled upload is removed', async () => {
  const path = await begin(10)
  expect((await send('DELETE', path, tus)).status).toBe(204)
  expect((await send('HEAD', path, tus)).status).toBe(404)
  expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
})

test('an upload that began long ago goes on while its bytes arrive, and each answer says until when it is kept', async () => {
  const path = await begin(10)
  const file = join(world.folder, 'arriving', idOf(path))
  const description = JSON.parse(await readFile(`${file}.json`, 'utf8'))
  const longAgo = new Date(Date.now() - 30 * 24 * 3_600_000).toISOString()
  await writeFile(`${file}.json`, JSON.stringify({ ...description, creation_date: longAgo }))
  const keptUntil = async () =>
    new Date((await stat(file)).mtimeMs + idleUploadHours * 3_600_000).toUTCString()
  const anHourAgo = new Date(Date.now() - 3_600_000)
  await utimes(file, anHourAgo, anHourAgo)
  const head = await send('HEAD', path, tus)
  expect([head.status, head.headers.get('upload-expires')]).toEqual([200, await keptUntil()])
  for (const offset of [0, 5]) {
    const sent = await send('PATCH', path, { ...part, 'upload-offset': String(offset) }, new Uint8Array(5))
    expect([sent.status, sent.headers.get('upload-expires')]).toEqual([204, await keptUntil()])
  }
  expect((await stat(file)).mtimeMs).toBeGreaterThan(anHourAgo.getTime())
  const begun = await send('POST', '/api/v1/uploads', { ...tus, 'upload-length': '1' })
  const expires = Date.parse(begun.headers.get('upload-expires') ?? '')
  expect(expires).toBeGreaterThan(Date.now() + (idleUploadHours - 1) * 3_600_000)
  const other = begun.headers.get('location') ?? ''
  expect((await send('DELETE', other, tus)).headers.has('upload-expires')).toBe(false)
})

test('a file that is refused for what it is does not take its sender’s room any longer', async () => {
  const empty = await begin(0)
  const answer = await makeAsset({ upload_id: idOf(empty) })
  expect([answer.status, (await answer.json()).error.code]).toEqual([422, 'asset.empty'])
  expect(await readdir(join(world.folder, 'arriving'))).toEqual([])
})

test.each([
  [{ upload_id: randomUUID() }, 404, 'uploads.not_found'],
  [{ upload_id: '../../etc/passwd' }, 422, 'request.invalid'],
  [{ upload_id: randomUUID(), surprise: 1 }, 422, 'request.invalid'],
  [{}, 422, 'request.invalid'],
])('%o makes no asset', async (body, status, code) => {
  const answer = await makeAsset(body)
  expect([answer.status, (await answer.json()).error.code]).toEqual([status, code])
})

test('an upload is changed by its own address alone: one that another names in the query stays as it is', async () => {
  const mine = await begin(4)
  const theirs = await begin(4, 'theirs.txt', 'admin')
  const trick = `${mine}?x=/${idOf(theirs)}`
  const sent = await send('PATCH', trick, { ...part, 'upload-offset': '0' }, Buffer.from('evil'))
  expect(sent.status).toBe(204)
  expect(await offsetOf(mine)).toBe(4)
  const seen = await send('HEAD', theirs, { ...tus, 'x-test-role': 'admin' })
  expect(seen.headers.get('upload-offset')).toBe('0')
  await send('DELETE', trick, tus)
  expect((await send('HEAD', theirs, { ...tus, 'x-test-role': 'admin' })).status).toBe(200)
})
