import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { UploadStore } from './upload-store.ts'

/** A folder with an upload of twelve bytes, of which some have arrived. */
async function withOneUpload() {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-uploads-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'going-on'), 'half')
  const description = { id: 'going-on', size: 12, offset: 0, metadata: { owner: 'somebody' } }
  await writeFile(join(directory, 'going-on.json'), JSON.stringify(description))
  return { directory, store: new UploadStore({ directory }) }
}

test('what a kill has left of uploads that nobody can continue is removed, and others stay', async () => {
  const { directory, store } = await withOneUpload()
  await writeFile(join(directory, 'half-removed.json'), JSON.stringify({ id: 'half-removed', size: 7 }))
  await writeFile(join(directory, 'half-created'), '')
  await writeFile(join(directory, 'half-described'), 'many bytes')
  await writeFile(join(directory, 'half-described.json'), '{"id":')
  await store.deleteExpired()
  expect([...(await store.announced())]).toEqual([['going-on', { owner: 'somebody', size: 12 }]])
  expect((await readdir(directory)).toSorted()).toEqual(['going-on', 'going-on.json'])
})

test('an upload whose bytes are already gone no longer counts once it is removed', async () => {
  const { directory, store } = await withOneUpload()
  expect((await store.announced()).size).toBe(1)
  await rm(join(directory, 'going-on'))
  await store.remove('going-on')
  await store.remove('going-on')
  expect((await store.announced()).size).toBe(0)
  expect(await readdir(directory)).toEqual([])
})
