import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset } from '@vitrine/contract'
import {
  ffmpeg,
  needsFfmpeg,
  numberedFrames,
} from '../../apps/server/src/adapters/media-tools/media-tools.test-media.ts'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { memoryDuring } from '../support/resident-memory.ts'
import { largeFile, TusClient, uploadIdOf } from '../support/tus-client.ts'

const minutes = 60_000
const mebibyte = 1024 * 1024
const size = 224 * mebibyte
const breaksAt = 96 * mebibyte
const mostGrowth = 100 * mebibyte

let platform: TestPlatform
let client: ApiClient
let uploads: TusClient

beforeAll(async () => {
  platform = await startPlatform()
  client = await platform.admin()
  uploads = new TusClient(client)
}, 6 * minutes)
afterAll(() => platform?.dispose(), 3 * minutes)

async function hashOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content) hash.update(chunk)
  return hash.digest('hex')
}

/** Sends the rest of an upload, makes it a file of the library, and reads that back. */
async function throughPlatform(
  path: string,
  file: { name: string; size: number; offset: number },
): Promise<void> {
  expect(await uploads.send(path, file.offset, largeFile(file.size, file.offset))).toBe(204)
  const made = await client.post('/assets', asset, { upload_id: uploadIdOf(path) })
  expect(made).toMatchObject({ name: file.name, size: file.size })
  const kept = await uploads.ask('GET', `/api/v1/assets/${made.id}/content?variant=original`)
  expect(await hashOf(kept)).toBe(await hashOf(largeFile(file.size)))
}

test(
  'a large file that is sent in two parts passes through gateway and control plane without filling their memory',
  async () => {
    // What the platform loads and compiles at its first upload is not filled by a large file.
    const small = 32 * mebibyte
    await throughPlatform(await uploads.begin(small, '小文件.bin'), {
      name: '小文件.bin',
      size: small,
      offset: 0,
    })
    const path = await uploads.begin(size, '大文件.bin')
    const { before, most } = await memoryDuring(platform.pid, async () => {
      await expect(uploads.send(path, 0, largeFile(size, 0, breaksAt))).rejects.toThrow('the network broke')
      const offset = await uploads.offset(path)
      expect(offset).toBeGreaterThan(breaksAt / 2)
      expect(offset).toBeLessThanOrEqual(breaksAt)
      await throughPlatform(path, { name: '大文件.bin', size, offset })
    })
    expect(most - before).toBeLessThan(mostGrowth)
  },
  4 * minutes,
)

test.skipIf(needsFfmpeg !== '')(
  `a video in a format that browsers do not play is playable once its task has ended${needsFfmpeg}`,
  async () => {
    const codec = ['-c:v', 'mjpeg', '-f', 'avi', '-flush_packets', '1', '-']
    const video = await ffmpeg(...numberedFrames(20, '10'), ...codec)
    const path = await uploads.begin(video.length)
    expect(await uploads.send(path, 0, Readable.from([video]))).toBe(204)
    const made = await client.post('/assets', asset, { upload_id: uploadIdOf(path), name: '街.avi' })
    const task = await client.taskEnd(made.task_id ?? '')
    expect(task).toMatchObject({ kind: 'asset.process', state: 'succeeded', created_by: 'admin' })
    const ready = await client.get(`/assets/${made.id}`, asset)
    expect(ready).toMatchObject({ kind: 'video', status: 'ready', reason: null, task_id: null })
    expect(ready.variants).toEqual(['playable', 'original', 'poster', 'thumb'])
  },
  4 * minutes,
)
