import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { createDocumentReader } from './document-reader.ts'
import { findDocument } from './find-document.ts'
import { documentBounds } from './openapi-document.ts'
import { readDocument } from './read-document.ts'

const item = {
  post: {
    summary: 'Measure',
    requestBody: { content: { 'application/json': { schema: { type: 'object' } } } },
  },
}
const text = JSON.stringify({ openapi: '3.1.0', info: { title: 'T' }, paths: { '/x': item, '/y': item } })
/** YAML of almost the largest size, written so that it takes long to read: some hundred ms, where the document above takes one. */
const slow = `openapi: 3.0.0\nx:\n${'- a\n'.repeat(64_000)}`

test('a thread reads a document, and an operation of it, as they are read here', async () => {
  const documents = createDocumentReader()
  for (const named of [null, { method: 'POST', path: '/x' }, { method: 'POST', path: '/none' }])
    expect(await documents.read('anna', { text, named })).toEqual(readDocument({ text, named }))
  const read = await documents.read('anna', { text, named: { method: 'POST', path: '/x' } })
  expect(read).toMatchObject({ title: 'T', total: 2, operation: { path: '/x', summary: 'Measure' } })
  expect(await documents.read('anna', { text: 'no document', named: null })).toBeNull()
})

test('a document that takes too long ends its thread, and the next one is read', async () => {
  expect(slow.length).toBeLessThan(documentBounds.yamlBytes)
  const documents = createDocumentReader({ longestMs: 40 })
  expect(await documents.read('anna', { text: slow, named: null })).toBe('exceeded')
  expect(await documents.read('anna', { text, named: null })).toMatchObject({ total: 2 })
})

test('of one owner, no document waits in memory while another is read, and others are not held up', async () => {
  const happened: string[] = []
  const server = createServer(({ url = '' }, response) => {
    happened.push(`fetch ${url}`)
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const waiting: (() => void)[] = []
  const documents = {
    read: async (person: string) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      happened.push(`read for ${person}`)
      return readDocument({ text, named: null })
    },
  }
  const find = (ownerId: string, path: string) =>
    findDocument(documents, {
      endpoint: { host: '127.0.0.1', port: address.port },
      openapi: path,
      folder: '/nonexistent',
      ownerId,
    })
  const found = [find('anna', '/1'), find('anna', '/2'), find('ben', '/3')]
  await expect.poll(() => waiting.length).toBe(2)
  for (const go of waiting.splice(0)) go()
  await expect.poll(() => waiting.length).toBe(1)
  for (const go of waiting) go()
  await Promise.all(found)
  expect(happened.slice(0, 2).toSorted()).toEqual(['fetch /1', 'fetch /3'])
  expect(happened.indexOf('fetch /2')).toBeGreaterThan(happened.indexOf('read for anna'))
})
