import { Upload } from '@tus/server'
import { idleUploadHours } from '@vitrine/contract'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { UploadStore } from './upload-store.ts'
import { readUpload } from './uploads.usecases.ts'

const actor = testActor('user')
const minuteMs = 60_000
const idleMs = idleUploadHours * 60 * minuteMs

let directory: string
let store: UploadStore

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vitrine-uploads-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  store = new UploadStore({ directory })
})

/** Creates an upload of some bytes, of which some have arrived. Resolves with its id. */
async function begin(size: number, arrived: number): Promise<string> {
  const id = randomUUID()
  await store.create(new Upload({ id, size, offset: 0, metadata: { owner: actor.id } }))
  if (arrived > 0) await store.write(Readable.from([Buffer.alloc(arrived)]), id, 0)
  return id
}

/** Puts the moment in which the last byte arrived into the past. */
async function lastByteAt(id: string, agoMs: number): Promise<void> {
  const at = new Date(Date.now() - agoMs)
  await utimes(store.fileOf(id), at, at)
}

test.each([
  ['empty', 0, 0],
  ['of which nothing has arrived', 10, 0],
  ['of which half has arrived', 10, 5],
  ['that nobody uses', 10, 10],
])(
  'an upload %s is removed when it has been idle for two days, also by a later control plane',
  async (_what, size, arrived) => {
    const id = await begin(size, arrived)
    await lastByteAt(id, idleMs - minuteMs)
    expect(await store.deleteExpired()).toBe(0)
    await lastByteAt(id, idleMs + minuteMs)
    store = new UploadStore({ directory })
    expect(await store.deleteExpired()).toBe(1)
    expect((await store.announced()).size).toBe(0)
    expect(await readdir(directory)).toEqual([])
  },
)

test('an upload is kept as long as its bytes arrive, however long ago it began', async () => {
  const creationDate = new Date(Date.now() - 10 * idleMs).toISOString()
  const id = randomUUID()
  await store.create(new Upload({ id, size: 10, offset: 0, creation_date: creationDate }))
  await store.write(Readable.from([Buffer.alloc(5)]), id, 0)
  expect(await store.deleteExpired()).toBe(0)
  expect((await store.getUpload(id)).offset).toBe(5)
})

test('an upload is not removed while a request adds bytes to it, even if they stall for two days', async () => {
  const id = await begin(8, 0)
  const body = new PassThrough()
  const writing = store.write(body, id, 0)
  body.write('half')
  const file = store.fileOf(id)
  expect(await waitFor(async () => (await stat(file)).size === 4, { timeoutMs: patienceMs })).toBe(true)
  await lastByteAt(id, 2 * idleMs)
  expect(await store.deleteExpired()).toBe(0)
  body.end('rest')
  expect(await writing).toBe(8)
  expect((await stat(file)).size).toBe(8)
})

test('an upload is not removed while a request uses it, and others are not kept waiting', async () => {
  const [used, other] = [await begin(4, 4), await begin(4, 4)]
  for (const id of [used, other]) await lastByteAt(id, 2 * idleMs)
  const deps = { store, limitBytes: 100, storageQuota: emptyStorageQuota() }
  const size = await readUpload(deps, { actor, id: used }, async ({ path }) => {
    expect(await store.deleteExpired()).toBe(1)
    return (await stat(path)).size
  })
  expect(size).toBe(4)
  expect(await store.deleteExpired()).toBe(1)
  expect(await readdir(directory)).toEqual([])
})

test('an upload whose bytes somebody has deleted counts no longer', async () => {
  const id = await begin(10, 5)
  await rm(store.fileOf(id))
  expect(await store.deleteExpired()).toBe(1)
  expect((await store.announced()).size).toBe(0)
})

test('bytes that come just after their upload was removed are refused and leave nothing', async () => {
  const id = await begin(10, 5)
  await store.remove(id)
  const late = store.write(Readable.from([Buffer.alloc(5)]), id, 5)
  await expect(late).rejects.toMatchObject({ status_code: 410 })
  expect(await readdir(directory)).toEqual([])
})
