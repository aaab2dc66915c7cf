import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsS3, startS3Server } from '../../../../../tests/support/s3-server.ts'
import { objectStoreSuite } from './object-store.test-suite.ts'
import { openS3Store } from './s3-store.ts'

describe.skipIf(needsS3 !== '')(`S3${needsS3}`, { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startS3Server>>
  beforeAll(async () => {
    server = await startS3Server()
  }, 120_000)
  afterAll(() => server?.dispose())

  const open = () => openS3Store({ ...server.settings, bucket: `bucket-${randomUUID()}` })

  objectStoreSuite('S3', async () => {
    const { store, close } = await open()
    return { store, dispose: async () => close() }
  })

  test('a file of several parts comes back as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-s3-file-'))
    const { store, close } = await open()
    try {
      const content = randomBytes(20 * 1024 * 1024)
      await writeFile(join(folder, 'large'), content)
      await store.putFile('abcd02', join(folder, 'large'), 'application/octet-stream')
      expect(await store.size('abcd02')).toBe(content.length)
      const hash = createHash('sha256')
      for await (const chunk of await store.read('abcd02')) hash.update(chunk)
      expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'))
    } finally {
      close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a wrong secret is refused when the store is opened', async () => {
    await expect(openS3Store({ ...server.settings, secretAccessKey: 'wrong' })).rejects.toThrow()
  })
})
