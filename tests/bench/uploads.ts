import { mkdtemp, rm } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { asset } from '@vitrine/contract'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { memoryDuring } from '../support/resident-memory.ts'
import { largeFile, TusClient, uploadIdOf } from '../support/tus-client.ts'
import { beside } from './figures.ts'
import type { Measurement } from './gateway.ts'

const megabyte = 1_000_000
const gigabyte = 1_073_741_824

/** What came of an upload that broke on its way and went on: times in seconds, sizes in bytes. */
export type BrokenUpload = {
  memory: { before: number; most: number }
  /** Sent until the connection broke, and how much of that had to be sent again. */
  sentFirst: number
  sentAgain: number
  /** From the first byte to the answer to the last, the break included. */
  seconds: number
}

/** Uploads `size` bytes by tus through the gateway, breaks off half way, goes on, and makes a media file of it. */
export async function uploadBroken(platform: TestPlatform, size: number): Promise<BrokenUpload> {
  const client = await platform.admin()
  const uploads = new TusClient(client)
  const breaksAt = Math.floor(size / 2)
  let sentAgain = 0
  let seconds = 0
  const memory = await memoryDuring(platform.pid, async () => {
    const path = await uploads.begin(size, 'large.bin')
    const begun = performance.now()
    const first = await uploads.send(path, 0, largeFile(size, 0, breaksAt)).catch(() => null)
    if (first !== null) throw new Error('the connection was to break half way')
    const offset = await uploads.offset(path)
    sentAgain = breaksAt - offset
    const status = await uploads.send(path, offset, largeFile(size, offset))
    if (status !== 204) throw new Error(`the rest of the upload answers ${status}`)
    seconds = (performance.now() - begun) / 1000
    const made = await client.post('/assets', asset, { upload_id: uploadIdOf(path) })
    if (made.size !== size) throw new Error(`${made.size} bytes have arrived instead of ${size}`)
  })
  return { memory, sentFirst: breaksAt, sentAgain, seconds }
}

/** Seconds to write as many bytes to a file on the same disk. */
async function secondsToWrite(size: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
  try {
    const begun = performance.now()
    await pipeline(largeFile(size), createWriteStream(join(folder, 'file')))
    return (performance.now() - begun) / 1000
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Measures an upload of 1 GB through gateway and control plane that breaks off half way. */
export async function benchUploads(): Promise<Measurement[]> {
  const platform = await startPlatform({ database: 'own' })
  try {
    const { memory, sentFirst, sentAgain, seconds } = await uploadBroken(platform, gigabyte)
    const rate = (taken: number) => gigabyte / megabyte / taken
    return [
      beside(
        'control plane memory, maximum during a resumed upload of 1 GB vs before it',
        'MB',
        memory.most / megabyte,
        memory.before / megabyte,
      ),
      beside(
        'sent again after an interruption half way vs sending from the start',
        'MB',
        sentAgain / megabyte,
        sentFirst / megabyte,
      ),
      beside(
        'upload of 1 GB by tus through the gateway vs writing it to a file',
        'MB/s',
        rate(seconds),
        rate(await secondsToWrite(gigabyte)),
      ),
    ]
  } finally {
    await platform.dispose()
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchUploads())
