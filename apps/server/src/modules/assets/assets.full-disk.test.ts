import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../lib/run-command.ts'
import { openWorld, type World } from './assets.test-world.ts'

const sizeMib = 2
const run = (file: string, ...args: string[]) =>
  runCommand({ file, args, cwd: '/', env: { PATH: process.env.PATH ?? '' } })

/** Mounts a file system of two mebibytes in memory. Null if this is not permitted. */
async function smallDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-small-disk-'))
  const mounted = await run('mount', '-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', folder)
  if (mounted.exitCode === 0) return folder
  await rmdir(folder)
  return null
}

const disk = await smallDisk()
const skipped = disk ? '' : ' (skipped: mounting a small file system needs root)'

describe.skipIf(disk === null)(`a full disk${skipped}`, () => {
  let world: World
  const folder = disk ?? ''
  beforeAll(async () => {
    world = await openWorld({ tools: null, uploads: folder, arriving: folder })
  })
  afterAll(async () => {
    await world?.close()
    await run('umount', folder)
    await rmdir(folder)
  })
  const tooMuch = new Uint8Array(randomBytes((sizeMib + 1) * 1024 * 1024))

  test('during an upload gives a clear error, and nothing incomplete is kept', async () => {
    const answer = await world.upload('large.bin', tooMuch)
    expect([answer.statusCode, answer.json().error.code]).toEqual([507, 'asset.storage_full'])
    expect(await readdir(folder)).toEqual([])
    expect(await world.objects()).toEqual([])
    expect((await world.get('')).json().total).toBe(0)
  })

  test('during a resumable upload gives a clear error, and frees the space again', async () => {
    const tus = { 'tus-resumable': '1.0.0', 'x-test-role': 'user' }
    const begun = await world.app.inject({
      method: 'POST',
      url: '/api/v1/uploads',
      headers: { ...tus, 'upload-length': String(tooMuch.length) },
    })
    const answer = await world.app.inject({
      method: 'PATCH',
      url: String(begun.headers.location),
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      payload: Buffer.from(tooMuch),
    })
    expect([answer.statusCode, answer.json().error.code]).toEqual([507, 'uploads.disk_full'])
    expect(await readdir(folder)).toEqual([])
  })
})
