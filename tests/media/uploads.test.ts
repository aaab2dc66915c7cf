import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset } from '@vitrine/contract'
import {
  ffmpeg,
  needsFfmpeg,
  numberedFrames,
} from '../../apps/server/src/adapters/media-tools/media-tools.test-media.ts'
import { sampleUsage } from '../../apps/server/src/lib/process-usage.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const minutes = 60_000
const mebibyte = 1024 * 1024
const size = 224 * mebibyte
const breaksAt = 96 * mebibyte
const mostGrowth = 100 * mebibyte

/** One mebibyte of no format; the file is this again and again, so no test holds it whole. */
const block = Uint8Array.from({ length: mebibyte }, (_, index) => (index * 7919) % 251)

let platform: TestPlatform
let client: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  client = await platform.admin()
}, 6 * minutes)
afterAll(() => platform?.dispose(), 3 * minutes)

/** The large file from a place on; fails at `breakAt` as a network does. */
async function* fileFrom(offset: number, breakAt = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < size;) {
    if (at >= breakAt) throw new Error('the network broke')
    const chunk = block.subarray(at % mebibyte)
    yield chunk
    at += chunk.length
  }
}

/** One request by the signed-in person; a body is sent as it is made. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: AsyncIterable<Uint8Array>,
): Promise<IncomingMessage> {
  const request = httpRequest(new URL(path, platform.origin), {
    method,
    headers: { authorization: `Bearer ${client.token}`, ...headers },
  })
  const answered = once(request, 'response')
  if (body) await Promise.all([pipeline(Readable.from(body), request), answered])
  else request.end()
  const [response]: IncomingMessage[] = await answered
  if (!response) throw new Error('no answer')
  return response
}

const tus = { 'tus-resumable': '1.0.0' }
const patch = (path: string, offset: number, body: AsyncIterable<Uint8Array>) =>
  ask(
    'PATCH',
    path,
    { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
    body,
  )

/** The most that the control plane's memory is above what it was before, in bytes, while work goes on. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  const { pid } = platform
  const resident = async () => (await sampleUsage([pid], new Map())).get(pid)?.memoryBytes ?? 0
  const idle = await resident()
  const sampled = { most: idle, done: false }
  const sampling = (async () => {
    while (!sampled.done) {
      sampled.most = Math.max(sampled.most, await resident())
      await delay(50)
    }
  })()
  try {
    await work()
  } finally {
    sampled.done = true
    await sampling
  }
  return sampled.most - idle
}

async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

test(
  'a large file that is sent in two goes passes gateway and control plane without filling their memory',
  async () => {
    const filename = `filename ${Buffer.from('大文件.bin').toString('base64')}`
    const announced = { ...tus, 'upload-length': String(size), 'upload-metadata': filename }
    const begun = await ask('POST', '/api/v1/uploads', announced)
    const path = begun.headers.location ?? ''
    const growth = await growthDuring(async () => {
      await expect(patch(path, 0, fileFrom(0, breaksAt))).rejects.toThrow('the network broke')
      const offset = Number((await ask('HEAD', path, tus)).headers['upload-offset'])
      expect(offset).toBeGreaterThan(breaksAt / 2)
      expect(offset).toBeLessThanOrEqual(breaksAt)
      expect((await patch(path, offset, fileFrom(offset))).statusCode).toBe(204)
      const made = await client.post('/assets', asset, { upload_id: path.split('/').at(-1) })
      expect(made).toMatchObject({ name: '大文件.bin', size })
      const kept = await ask('GET', `/api/v1/assets/${made.id}/content?variant=original`)
      expect(await hashOf(kept)).toBe(await hashOf(fileFrom(0)))
    })
    expect(growth).toBeLessThan(mostGrowth)
  },
  4 * minutes,
)

test.skipIf(needsFfmpeg !== '')(
  `a video of a format that browsers do not play is playable once its task has ended${needsFfmpeg}`,
  async () => {
    const codec = ['-c:v', 'mjpeg', '-f', 'avi', '-flush_packets', '1', '-']
    const video = await ffmpeg(...numberedFrames(20, '10'), ...codec)
    const begun = await ask('POST', '/api/v1/uploads', { ...tus, 'upload-length': String(video.length) })
    const path = begun.headers.location ?? ''
    expect((await patch(path, 0, Readable.from([video]))).statusCode).toBe(204)
    const made = await client.post('/assets', asset, { upload_id: path.split('/').at(-1), name: '街.avi' })
    const task = await client.taskEnd(made.task_id ?? '')
    expect(task).toMatchObject({ kind: 'asset.process', state: 'succeeded', created_by: 'admin' })
    const ready = await client.get(`/assets/${made.id}`, asset)
    expect(ready).toMatchObject({ kind: 'video', status: 'ready', reason: null, task_id: null })
    expect(ready.variants).toEqual(['playable', 'original', 'poster', 'thumb'])
  },
  4 * minutes,
)
