import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFolderStore } from './folder-store.ts'
import { objectStoreSuite } from './object-store.test-suite.ts'

const digest = 'ab'.repeat(32)

objectStoreSuite('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-store-'))
  return { store: createFolderStore(folder), dispose: () => rm(folder, { recursive: true, force: true }) }
})

test.each([digest, `runfiles/${digest}`])(
  '%s, which a power cut has shortened, is stored again with the same file',
  async (key) => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-store-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const store = createFolderStore(join(folder, 'objects'))
    const file = join(folder, 'file')
    const put = async () => {
      await writeFile(file, '0123456789')
      await store.putFile(key, file, 'text/plain')
      // The object is another name of the same file.
      await rm(file)
    }
    await put()
    const path = join(folder, 'objects', key.slice(0, 2), key.replace('/', '.'))
    await truncate(path, 3)
    await put()
    expect(await readFile(path, 'utf8')).toBe('0123456789')
  },
)
