import { expect, test } from 'vitest'
import type { Stored, ToStore } from './send-package.ts'
import { storeOnce } from './store-once.ts'

const sending = { signal: new AbortController().signal, onProgress: () => undefined }
const files: ToStore = {
  chosen: { files: [], archive: null, inParts: null, leftOut: [] },
  additions: [],
  fields: { algorithm_id: 'cats', name: 'Cats' },
}

const counted = () => {
  const sent: ToStore[] = []
  const { store, forget } = storeOnce(async (what): Promise<Stored> => {
    sent.push(what)
    return { algorithm: { id: what.fields.algorithm_id }, version: { commit: `commit-${sent.length}` } }
  })
  return { sent, forget, commitOf: async (what: ToStore) => (await store(what, sending)).version.commit }
}

test('files that are deployed again after a refusal are not sent again', async () => {
  const { sent, commitOf } = counted()
  expect([await commitOf(files), await commitOf({ ...files, fields: { ...files.fields } })]).toEqual([
    'commit-1',
    'commit-1',
  ])
  expect(sent).toHaveLength(1)
})

test.each<[string, Partial<ToStore>]>([
  ['other files', { chosen: { files: [], archive: null, inParts: null, leftOut: [] } }],
  ['another line', { additions: [{ path: 'requirements.txt', lines: ['numpy'] }] }],
  ['another id', { fields: { algorithm_id: 'dogs', name: 'Cats' } }],
  ['another title', { fields: { algorithm_id: 'cats' } }],
])('%s are stored', async (_what, change) => {
  const { commitOf } = counted()
  expect([await commitOf(files), await commitOf({ ...files, ...change })]).toEqual(['commit-1', 'commit-2'])
})

test('files whose stored version was deleted are sent again', async () => {
  const { commitOf, forget } = counted()
  await commitOf(files)
  forget()
  expect(await commitOf(files)).toBe('commit-2')
})

test('files that could not be stored are sent again', async () => {
  let attempts = 0
  const { store } = storeOnce(async (): Promise<Stored> => {
    attempts += 1
    if (attempts === 1) throw new Error('the connection broke')
    return { algorithm: { id: 'cats' }, version: { commit: 'c' } }
  })
  await expect(store(files, sending)).rejects.toThrow('the connection broke')
  expect((await store(files, sending)).version.commit).toBe('c')
})
