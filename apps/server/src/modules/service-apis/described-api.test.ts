import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiOperation, MappedApi, WrittenField } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { portOf } from '../../adapters/gateway/gateway.test-upstream.ts'
import type { CodeRoute } from '../algorithms/recognition/code-routes/code-route.ts'
import { carriedApi } from './carry-operation.ts'
import { createDocumentReader } from './document-reader.ts'
import { describedApi, type ApiPlace } from './described-api.ts'
import { unsendable } from './written-operation.ts'

// A server that knows no document, as of most Flask and Express applications.
const server = createServer((_request, response) => response.writeHead(404).end('not here'))
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'described-api-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const documents = createDocumentReader()
const text: WrittenField = { name: 'text', place: 'body', type: 'text', required: false }
const reverse: CodeRoute = { method: 'POST', path: '/reverse', body: 'json', fields: [text] }
const operation: ApiOperation = {
  method: 'POST',
  path: '/own',
  body: 'json',
  fields: [{ name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } }],
  answer: { kind: 'json', path: [] },
}
const api: MappedApi = { operation, input: {}, parameters: {}, output: {}, written: [text] }
const stored = { ...api, examples: [] }
const endpoint = () => ({ host: '127.0.0.1', port: portOf(server) })
const placed = (change: Partial<ApiPlace['release']> = {}): ApiPlace => ({
  release: { appFacts: { page: null, predicts: false, openapi: null }, api: null, ...change },
  endpoint: endpoint(),
  folder,
  ownerId: 'anna',
  codeRoutes: async () => [reverse],
})

test('an API without a document has the routes of its code, and says which addresses and files were asked', async () => {
  const { source, missing, operations, asked } = await describedApi(documents, placed(), {
    method: 'POST',
    path: '/reverse',
  })
  expect(source).toBeNull()
  expect(missing?.why).toBe('none')
  expect(missing?.looked_for).toEqual(expect.arrayContaining(['/openapi.json', '/docs.json', 'openapi.yaml']))
  expect(operations).toEqual([{ method: 'POST', path: '/reverse', summary: '', described_by: 'code' }])
  expect(asked).toMatchObject({ described_by: 'code', written: [text] })
  expect(asked?.operation.fields).toMatchObject([{ name: 'text', place: 'body', schema: { type: 'string' } }])
  const unknown = await describedApi(documents, placed(), { method: 'GET', path: '/reverse' })
  expect(unknown.asked).toBeNull()
})

test('code that is too slow to read is told, and leaves the operation that a person described', async () => {
  const codeRoutes = async () => null
  const { missing, operations, total, asked } = await describedApi(
    documents,
    { ...placed({ api: stored }), codeRoutes },
    operation,
  )
  expect(missing).toMatchObject({ why: 'none', code: 'too_slow' })
  expect([operations.map(({ path }) => path), total]).toEqual([['/own'], 1])
  expect(asked).toMatchObject({ described_by: 'hand', written: [text] })
  expect((await describedApi(documents, placed(), null)).missing?.code).toBe('read')
})

test('the operation that a person described comes first, with the fields as they wrote them', async () => {
  const { operations, asked } = await describedApi(documents, placed({ api: stored }), operation)
  expect(operations.map(({ path, described_by: by }) => [path, by])).toEqual([
    ['/own', 'hand'],
    ['/reverse', 'code'],
  ])
  expect(asked).toMatchObject({ described_by: 'hand', written: [text] })
})

test('with a document, the code is not read, and an operation described by hand stays', async () => {
  const document = { openapi: '3.1.0', paths: { '/x': { post: {} }, '/own': { post: {} } } }
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document))
  const codeRoutes = () => Promise.reject(new Error('the code was read'))
  const described = await describedApi(documents, { ...placed({ api: stored }), codeRoutes }, null)
  await rm(join(folder, 'openapi.json'))
  expect([described.source, described.missing, described.total]).toEqual(['openapi.json', null, 2])
  expect(described.operations.map(({ path, described_by: by }) => [path, by])).toEqual([
    ['/own', 'hand'],
    ['/x', 'document'],
  ])
})

test('the next release goes on with an operation that a person described', async () => {
  const carried = await carriedApi(documents, api, {
    endpoint: endpoint(),
    openapi: null,
    folder,
    ownerId: 'anna',
  })
  expect(carried).toMatchObject({ operation, written: [text], input: { type: 'string', title: 'text' } })
})

test.each<[string, Pick<ApiOperation, 'method' | 'body'>, Partial<WrittenField>]>([
  ['a body of a GET', { method: 'GET', body: 'json' }, {}],
  ['a part of a file', { method: 'POST', body: 'raw' }, {}],
  ['a file in JSON', { method: 'POST', body: 'json' }, { type: 'file' }],
  ['a whole form', { method: 'POST', body: 'form' }, { place: 'whole', name: '' }],
  ['a header of HTTP itself', { method: 'POST', body: 'json' }, { place: 'header', name: 'Host' }],
  ['a header of the platform', { method: 'POST', body: 'json' }, { place: 'header', name: 'X-Vitrine-User' }],
])('a field is refused that no request can carry: %s', (_name, sending, change) => {
  const field = { ...text, ...change }
  expect(unsendable(sending, [field])).toEqual({ why: 'place', field: field.name })
  expect(unsendable({ method: 'POST', body: 'json' }, [text])).toBeNull()
})
