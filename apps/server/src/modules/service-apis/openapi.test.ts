import { describe, expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { documentBounds, readOpenApi } from './openapi-document.ts'
import { readOperation, type ReadOperation } from './openapi-operation.ts'

const documentOf = (operation: object, more: object = {}) =>
  readOpenApi(
    JSON.stringify({ openapi: '3.1.0', info: { title: 'T' }, paths: { '/x': { post: operation } }, ...more }),
  )

function read(operation: object, more: object = {}): ReadOperation {
  const document = documentOf(operation, more)
  const found = document && readOperation(document, { method: 'POST', path: '/x' })
  if (!found) throw new Error('the operation was not read')
  return found
}
const bodyOf = (schema: object, type = 'application/json') => ({
  requestBody: { required: true, content: { [type]: { schema } } },
})

test('FastAPI’s own words become fields: an upload, an enumeration behind a reference, an optional number', () => {
  const components = {
    schemas: {
      Body: {
        type: 'object',
        required: ['file'],
        properties: {
          file: { type: 'string', contentMediaType: 'application/octet-stream', title: 'File' },
          order: { $ref: '#/components/schemas/Order', default: 'best' },
          top: {
            anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }],
            title: 'Top',
            description: 'how many',
          },
        },
      },
      Order: { type: 'string', enum: ['best', 'worst'], title: 'Order' },
    },
  }
  const { body, fields } = read(bodyOf({ $ref: '#/components/schemas/Body' }, 'multipart/form-data'), {
    components,
  })
  expect(body).toBe('multipart')
  expect(fields).toMatchObject([
    { name: 'file', required: true, media: 'file' },
    { name: 'order', required: false, media: null, schema: { enum: ['best', 'worst'], default: 'best' } },
    { name: 'top', title: 'Top', description: 'how many', schema: { type: 'integer', minimum: 1 } },
  ])
})

test('parameters of the path hold for its operations, whose own come first, and headers of HTTP itself are none', () => {
  const item = {
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'q', in: 'query', schema: { type: 'string' } },
    ],
    get: {
      parameters: [
        { name: 'q', in: 'query', required: true, schema: { type: 'integer' } },
        { name: 'X-Mode', in: 'header', schema: { type: 'string' } },
        { name: 'Authorization', in: 'header', schema: { type: 'string' } },
        { name: 'X-Forwarded-For', in: 'header', schema: { type: 'string' } },
        { name: 'session', in: 'cookie', schema: { type: 'string' } },
      ],
    },
  }
  const document = readOpenApi(JSON.stringify({ openapi: '3.0.3', paths: { '/a/{id}': item } }))
  const found = document && readOperation(document, { method: 'GET', path: '/a/{id}' })
  expect(found?.fields.map(({ name, place, schema }) => [name, place, schema.type])).toEqual([
    ['id', 'path', 'string'],
    ['q', 'query', 'integer'],
    ['X-Mode', 'header', 'string'],
  ])
})

test('a body that is no object is one field, and one that is a file is sent as it is', () => {
  expect(read(bodyOf({ type: 'array', items: { type: 'number' } })).fields).toMatchObject([
    { name: '', place: 'whole', schema: { type: 'array', items: { type: 'number' } } },
  ])
  const raw = read({ requestBody: { content: { 'image/png': { schema: {} } } } })
  expect([raw.body, raw.fields[0]?.media]).toEqual(['raw', 'file'])
})

test('a document in YAML is read, and what is neither OpenAPI 3 nor Swagger 2 is none', () => {
  expect(
    readOpenApi('openapi: 3.0.0\npaths:\n  /x:\n    get:\n      summary: S\n')?.operations,
  ).toMatchObject([{ method: 'GET', path: '/x', summary: 'S' }])
  for (const text of [
    '',
    'null',
    '[]',
    '{"swagger":"1.2","paths":{}}',
    '<html></html>',
    '{"openapi":3}',
    'a: &a [*a',
  ])
    expect(readOpenApi(text)).toBeNull()
})

describe('a hostile document', () => {
  test('with a schema that refers to itself, or to nothing, ends', () => {
    const components = {
      schemas: {
        Tree: {
          type: 'object',
          properties: {
            left: { $ref: '#/components/schemas/Tree' },
            right: { $ref: '#/components/schemas/Tree' },
          },
        },
        Loop: { $ref: '#/components/schemas/Pool' },
        Pool: { $ref: '#/components/schemas/Loop' },
      },
    }
    const properties = {
      tree: { $ref: '#/components/schemas/Tree' },
      loop: { $ref: '#/components/schemas/Loop' },
      gone: { $ref: '#/nowhere/%E0%A4%A' },
      far: { $ref: 'https://example.invalid/schema.json' },
      all: { allOf: [{ $ref: '#/components/schemas/Tree' }, { $ref: '#/components/schemas/Loop' }] },
    }
    const { fields } = read(bodyOf({ type: 'object', properties }), { components })
    expect(fields.map(({ name }) => name)).toEqual(['tree', 'loop', 'gone', 'far', 'all'])
    expect(JSON.stringify(fields).length).toBeLessThan(100_000)
    expect(fields[1]?.schema).toEqual({})
  })

  test('that multiplies itself with every step is bounded', () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [
        `S${at}`,
        {
          type: 'object',
          properties: Object.fromEntries(
            Array.from({ length: 30 }, (_each, p) => [`p${p}`, { $ref: `#/components/schemas/S${at + 1}` }]),
          ),
        },
      ]),
    )
    const begun = threadTimeMs()
    const { fields } = read(bodyOf({ $ref: '#/components/schemas/S0' }), { components: { schemas } })
    expect(fields).toHaveLength(30)
    expect(JSON.stringify(fields).length).toBeLessThan(200_000)
    expect(threadTimeMs() - begun).toBeLessThan(2_000)
  })

  test('with 10,000 operations or 10,000 fields shows as many as people read, and says how many there are', () => {
    const paths = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`/p${at}`, { get: { summary: 's'.repeat(9_000) } }]),
    )
    const text = JSON.stringify({
      openapi: '3.0.0',
      paths: Object.fromEntries(Object.entries(paths).slice(0, 400)),
    })
    expect(readOpenApi(text)?.operations[0]?.summary.length).toBe(documentBounds.text)
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`/p${at}`, { get: {} }]))
    const document = readOpenApi(JSON.stringify({ openapi: '3.0.0', paths: many }))
    expect([document?.operations.length, document?.total]).toEqual([documentBounds.operations, 10_000])
    const properties = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, at) => [`f${at}`, { type: 'string' }]),
    )
    expect(read(bodyOf({ type: 'object', properties })).fields.length).toBeLessThanOrEqual(100)
  })

  test('of 10 MB, nested without end, or with aliases that grow, is refused', () => {
    expect(readOpenApi(JSON.stringify({ openapi: '3.0.0', paths: {}, x: 'x'.repeat(10_000_000) }))).toBeNull()
    const deep = `{"openapi":"3.0.0","paths":{"/x":{"post":{"requestBody":{"content":{"application/json":{"schema":${'{"items":'.repeat(50_000)}{}${'}'.repeat(50_000)}}}}}}}}`
    const document = readOpenApi(deep)
    const found = document && readOperation(document, { method: 'POST', path: '/x' })
    expect(JSON.stringify(found?.fields ?? []).length).toBeLessThan(2_000)
    const aliases = ['openapi: "3.0.0"', 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let at = 1; at < 12; at++)
      aliases.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      )
    expect(readOpenApi(aliases.join('\n'))).toBeNull()
  })

  test.each([
    ['many keys', `{${Array.from({ length: 24_000 }, (_, at) => `k${at}: 1`).join(', ')}}`, true],
    ['many errors', '!a '.repeat(80_000), false],
  ])('in YAML with %s takes no longer to read than its size says', (_what, hostile, isRead) => {
    const timed = (value: string) => {
      const text = `openapi: 3.0.0\npaths: {}\nx: ${value}\n`
      expect(text.length).toBeLessThan(documentBounds.yamlBytes)
      const begun = threadTimeMs()
      const document = readOpenApi(text)
      return { document, took: threadTimeMs() - begun }
    }
    // As long, and without anything that takes a reader more time than its length.
    const honest = timed(`[${'1, '.repeat(Math.floor(hostile.length / 3) - 1)}]`)
    expect(honest.document).not.toBeNull()
    const { document, took } = timed(hostile)
    expect(document !== null).toBe(isRead)
    expect(took).toBeLessThan(5 * honest.took)
  })

  test('whose names are those of every object’s own members takes nothing from them', () => {
    const properties = JSON.parse('{"__proto__": {"type": "string"}, "constructor": {"type": "string"}}')
    const { fields } = read(bodyOf({ type: 'object', properties }), { components: {} })
    expect(fields.map(({ name }) => name)).toContain('constructor')
    expect(read(bodyOf({ $ref: '#/constructor/prototype' })).fields).toMatchObject([
      { place: 'whole', schema: {} },
    ])
  })
})

test('a path that no request can have is no operation: it could be an address of another host', () => {
  const item = { get: { responses: {} } }
  const paths = { '//evil.example/x': item, '/a?b': item, '/a b': item, '/a#b': item, '/good/{id}': item }
  const document = readOpenApi(JSON.stringify({ openapi: '3.0.0', paths }))
  expect(document?.operations.map(({ path }) => path)).toEqual(['/good/{id}'])
})

describe('a Swagger 2 document', () => {
  const swagger = (paths: object) =>
    readOpenApi(
      JSON.stringify({
        swagger: '2.0',
        info: { title: 'Old' },
        basePath: '/v1/',
        consumes: ['application/json'],
        produces: ['application/json'],
        definitions: {
          Text: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
        },
        parameters: { top: { name: 'top', in: 'query', type: 'integer', minimum: 1, default: 3 } },
        paths,
      }),
    )
  const fieldsOf = (paths: object, path: string) => {
    const document = swagger(paths)
    return document && readOperation(document, { method: 'POST', path })
  }

  test('gives the fields of a body and of its parameters, below its base path', () => {
    const body = { name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/Text' } }
    const post = { parameters: [body, { $ref: '#/parameters/top' }], responses: { 200: { schema: {} } } }
    const operation = fieldsOf(
      {
        '/label/{kind}': { parameters: [{ name: 'kind', in: 'path', required: true, type: 'string' }], post },
      },
      '/v1/label/{kind}',
    )
    expect(operation).toMatchObject({ body: 'json', answers: 'application/json' })
    expect(operation?.fields).toMatchObject([
      { name: 'kind', place: 'path', required: true, schema: { type: 'string' } },
      { name: 'top', place: 'query', required: false, schema: { type: 'integer', minimum: 1, default: 3 } },
      { name: 'text', place: 'body', required: true, schema: { type: 'string' } },
    ])
  })

  test('gives the fields of a form with a file', () => {
    const parameters = [
      { name: 'photo', in: 'formData', type: 'file', required: true },
      { name: 'note', in: 'formData', type: 'string' },
    ]
    const operation = fieldsOf(
      { '/faces': { post: { parameters, produces: ['image/png'], responses: { 200: {} } } } },
      '/v1/faces',
    )
    expect(operation).toMatchObject({ body: 'multipart', answers: 'image/png' })
    expect(operation?.fields).toMatchObject([
      { name: 'photo', place: 'body', required: true, media: 'file' },
      { name: 'note', place: 'body', required: false, media: null },
    ])
  })

  test('that is broken is read as far as it goes', () => {
    expect(
      swagger({ '/a': { post: { parameters: 'x', responses: 3 } }, '/b': 4, '/c': { get: null } })
        ?.operations,
    ).toMatchObject([{ method: 'POST', path: '/v1/a' }])
    const loop = { parameters: [{ $ref: '#/parameters/none' }, { $ref: '#/paths/~1a' }] }
    expect(fieldsOf({ '/a': { post: loop } }, '/v1/a')?.fields).toEqual([])
  })
})
