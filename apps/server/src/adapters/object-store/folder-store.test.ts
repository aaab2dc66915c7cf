import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFolderStore } from './folder-store.ts'
import { objectStoreSuite } from './object-store.test-suite.ts'

objectStoreSuite('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-store-'))
  return { store: createFolderStore(folder), dispose: () => rm(folder, { recursive: true, force: true }) }
})
