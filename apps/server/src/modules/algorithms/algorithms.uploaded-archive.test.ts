import { afterAll, beforeAll, expect, test } from 'vitest'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
let origin: string
beforeAll(async () => {
  world = await openWorld({ uploadBytes: 64 * 1024 })
  origin = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.close())

const archive = (...more: { name: string; content?: string }[]) =>
  new Uint8Array(zipFile([{ name: 'ai_algorithm.py', content: smallest }, ...more]))

/** Sends a resumable upload, or its first `sent` bytes, and returns its id. */
async function arrive(name: string, bytes: Uint8Array<ArrayBuffer>, sent = bytes.length): Promise<string> {
  const tus = { 'tus-resumable': '1.0.0', 'x-test-role': 'user' }
  const filename = `filename ${Buffer.from(name).toString('base64')}`
  const begun = await fetch(`${origin}/api/v1/uploads`, {
    method: 'POST',
    headers: { ...tus, 'upload-length': String(bytes.length), 'upload-metadata': filename },
  })
  const path = begun.headers.get('location') ?? ''
  await fetch(new URL(path, origin), {
    method: 'PATCH',
    headers: { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' },
    body: bytes.subarray(0, sent),
  })
  return path.split('/').at(-1) ?? ''
}

const post = (path: string, payload: object, role = 'user') =>
  world.app.inject({
    method: 'POST',
    url: `/api/v1/algorithms${path}`,
    payload,
    headers: { 'x-test-role': role, 'accept-language': 'en' },
  })
const refusal = (answer: Awaited<ReturnType<typeof post>>) => [answer.statusCode, answer.json().error?.code]

test('an archive from a resumable upload is inspected, then stored, and the upload is removed', async () => {
  const upload_id = await arrive('图像识别.zip', archive())
  for (let times = 0; times < 2; times++) {
    const looked = await post('/inspect', { upload_id })
    expect([looked.statusCode, looked.json().recognised]).toEqual([200, 'single-file'])
  }
  const stored = await post('', { upload_id, name: '看图' })
  expect(stored.statusCode).toBe(201)
  expect(stored.json()).toMatchObject({
    algorithm: { id: 'tu-xiang-shi-bie', name: '看图', owner: 'user-tester' },
    version: { number: 1 },
  })
  for (const path of ['', '/inspect'])
    expect(refusal(await post(path, { upload_id }))).toEqual([404, 'uploads.not_found'])
})

test('it becomes the next version of the algorithm that the request names', async () => {
  const versions = []
  for (const content of ['1', '2']) {
    const upload_id = await arrive('a.zip', archive({ name: 'n.txt', content }))
    versions.push((await post('', { upload_id, algorithm_id: 'named' })).json().version.number)
  }
  expect(versions).toEqual([1, 2])
})

test.each([
  ['a path that escapes', archive({ name: '../evil.py', content: 'x' }), 422, 'upload.path_escapes'],
  ['what is no archive', new Uint8Array(Buffer.from(smallest)), 422, 'upload.archive_unknown'],
  ['too much', new Uint8Array(64 * 1024 + 1), 413, 'upload.too_large'],
])('%s is refused and nothing is unpacked for longer', async (_what, bytes, status, code) => {
  const upload_id = await arrive('a.zip', bytes)
  for (const path of ['', '/inspect'])
    expect(refusal(await post(path, { upload_id }))).toEqual([status, code])
  expect(await world.leftovers()).toEqual([])
})

test('an incomplete upload and an upload of another person are refused', async () => {
  const half = await arrive('a.zip', archive(), 20)
  expect(refusal(await post('', { upload_id: half }))).toEqual([409, 'uploads.incomplete'])
  const whole = await arrive('a.zip', archive())
  expect(refusal(await post('', { upload_id: whole }, 'neighbour'))).toEqual([404, 'uploads.not_found'])
})

test.each([
  ['no upload', {}],
  ['an id that is none', { upload_id: 'a' }],
  ['a field that there is not', { upload_id: '10000000-0000-4000-8000-000000000001', files: [] }],
])('a body with %s is refused', async (_what, payload) => {
  expect(refusal(await post('', payload))).toEqual([422, 'request.invalid'])
})
