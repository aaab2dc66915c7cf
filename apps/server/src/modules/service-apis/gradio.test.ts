import type { ApiOperation, Json } from '@vitrine/contract'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { askOperation } from './ask-operation.ts'
import { findDocument } from './find-document.ts'
import { GradioApp } from './gradio-app.test-setup.ts'
import { readDocument, type DocumentRequest } from './read-document.ts'
import { fitting } from './service-apis.usecases.ts'
import { suggestOperation } from './suggest-operation.ts'

const app = new GradioApp()
let endpoint = { host: '', port: 0 }
beforeAll(async () => {
  endpoint = await app.listen()
})
afterAll(() => app.close())

/** Reads documents without a thread, whose time would be limited. */
const documents = { read: async (_person: string, request: DocumentRequest) => readDocument(request) }

const described = async (path: string | null, openapiPath: string | null = '/openapi.json') => {
  const at = { endpoint, openapi: openapiPath, folder: '/nonexistent', ownerId: 'anna' }
  const found = await findDocument(documents, at, path === null ? null : { method: 'POST', path })
  if (!found.found) throw new Error('nothing was found')
  return found
}
const mapped = async (path: string): Promise<ApiOperation> => {
  const { operation } = (await described(path)).document
  const suggestion = operation && suggestOperation(operation)
  if (!operation || !suggestion) throw new Error('there is no such operation')
  return fitting(suggestion, operation).operation
}
const asked = async (operation: ApiOperation, element: Json, parameters: Record<string, Json> = {}) => {
  const signal = AbortSignal.timeout(20_000)
  const hold = testMemory().open('anna', signal)
  app.calls.length = 0
  try {
    return await askOperation({
      endpoint,
      serviceId: 'demo',
      operation,
      index: 0,
      element,
      parameters,
      hold,
      signal,
      readMedia: async () => ({ content: Buffer.from('given'), mime: 'image/png', name: 'in.png' }),
      silenceMs: 20_000,
      limitBytes: 1024 ** 2,
    })
  } finally {
    hold.end()
  }
}

test.each(['/openapi.json', null])(
  'the operations of a Gradio app are what its author made, and not the routes of its page (%s)',
  async (path) => {
    const { source, document } = await described(null, path)
    expect(source).toBe('/gradio_api/info')
    expect(document.operations.map((one) => one.path)).toEqual([
      '/gradio_api/call/classify',
      '/gradio_api/call/invert',
    ])
  },
)

test('its components become the input, the form of the parameters and the kind of result', async () => {
  const { operation } = (await described('/gradio_api/call/classify')).document
  const suggestion = operation && suggestOperation(operation)
  expect(suggestion).toMatchObject({
    fields: [
      { name: 'text', value: { from: 'input', kind: 'text' } },
      { name: 'top', value: { from: 'parameter' } },
      { name: 'mode', value: { from: 'parameter' } },
    ],
    answer: { kind: 'classification', path: ['data', 0, 'confidences'] },
  })
  expect(operation && suggestion && fitting(suggestion, operation)).toMatchObject({
    input: { type: 'string', title: 'Text' },
    parameters: {
      properties: {
        top: { type: 'number', minimum: 1, maximum: 5, default: 2, title: 'Top' },
        mode: { enum: ['a', 'b'], default: 'a' },
      },
      required: [],
    },
    output: { 'x-kind': 'classification' },
  })
})

test('a call sends values by their order, waits for its end in the queue, and shows the result', async () => {
  const operation = await mapped('/gradio_api/call/classify')
  app.end =
    'event: generating\ndata: [1]\n\nevent: complete\ndata: [{"label": "good", "confidences": [{"label": "good", "confidence": 0.8}]}]\n\n'
  const { prediction } = await asked(operation, 'hello', { mode: 'b' })
  expect(prediction.outputs).toEqual([{ kind: 'classification', data: [{ label: 'good', score: 0.8 }] }])
  expect(app.calls).toEqual([
    { path: '/gradio_api/call/classify', body: '{"data":["hello",2,"b"]}' },
    { path: '/gradio_api/call/classify/e1', body: '' },
  ])
})

test('a picture is given to the app, a place without one is empty, and the picture that it made is fetched from it', async () => {
  const operation = await mapped('/gradio_api/call/invert')
  expect(operation.answer).toEqual({ kind: 'image', path: ['data', 1] })
  app.end =
    'event: complete\ndata: [{}, {"path": "/tmp/gradio/2/a b.png", "url": "http://elsewhere.example/x"}]\n\n'
  const { prediction, files } = await asked(operation, { asset_id: 'x' })
  expect(prediction.outputs).toMatchObject([{ kind: 'image', data: { mime: 'image/png' } }])
  expect(files[0]?.content.toString()).toBe('picture')
  const [upload, call, , fetched] = app.calls
  expect(upload?.body).toContain('given')
  const value =
    '{"path":"/tmp/gradio/1/in.png","orig_name":"in.png","mime_type":"image/png","meta":{"_type":"gradio.FileData"}}'
  expect(call?.body).toBe(`{"data":[${value},null]}`)
  expect(fetched?.path).toBe('/gradio_api/file=/tmp/gradio/2/a%20b.png')
})

test.each([[[]], ['done'], [{ path: 7 }]])(
  'an app that takes a file and does not say where it is (%j) is told as such, and nothing is called',
  async (stored) => {
    const operation = await mapped('/gradio_api/call/invert')
    app.stored = stored
    onTestFinished(() => void (app.stored = ['/tmp/gradio/1/in.png']))
    expect((await asked(operation, { asset_id: 'x' })).prediction).toMatchObject({
      status: 'failed',
      error: { code: 'algorithm.bad_output', details: { why: 'no_file_path' } },
    })
    expect(app.calls.map(({ path }) => path)).toEqual(['/gradio_api/upload'])
  },
)

test('what the function raises is the failure of this element, in its words', async () => {
  const operation = await mapped('/gradio_api/call/classify')
  app.end = 'event: error\ndata: {"error": "no such text"}\n\n'
  expect((await asked(operation, 'hello')).prediction).toMatchObject({
    status: 'failed',
    error: { details: { said: 'no such text', http_status: 500 } },
  })
})

test('a place that nobody chose a value for follows the next release: it may be gone, or have another value', async () => {
  const { operation } = (await described('/gradio_api/call/classify')).document
  const suggestion = operation && suggestOperation(operation)
  if (!operation || !suggestion) throw new Error('there is no such operation')
  const onlyInput = { ...suggestion, fields: suggestion.fields.slice(0, 1) }
  const before = fitting(onlyInput, operation).operation
  expect(before.fields.map(({ name }) => name)).toEqual(['text', 'top', 'mode'])
  const [text, top] = operation.fields
  if (!text || !top) throw new Error('there are no such fields')
  const next = { ...operation, fields: [text, { ...top, position: { at: 1, otherwise: 3 } }] }
  expect(fitting(before, next).operation.fields).toMatchObject([
    { name: 'text', value: { from: 'input' }, position: { at: 0 } },
    { name: 'top', value: { from: 'fixed', value: 3 }, position: { at: 1 } },
  ])
})

test.each([
  ['{"event_id":', 'not_json'],
  ['{"data":[1e999]}', 'beyond_json'],
])('an answer that cannot be read is the failure of this element (%s)', async (begun, why) => {
  const operation = await mapped('/gradio_api/call/classify')
  app.begun = begun
  onTestFinished(() => void (app.begun = '{"event_id":"e1"}'))
  expect((await asked(operation, 'hello')).prediction).toMatchObject({
    status: 'failed',
    error: { code: 'algorithm.bad_output', details: { why } },
  })
})

test.each([String.raw`"/tmp/\ud800.png"`, JSON.stringify(`/${'a'.repeat(5_000)}`)])(
  'a path of a file that no address can have is an answer that does not fit',
  async (path) => {
    const operation = await mapped('/gradio_api/call/invert')
    app.end = `event: complete\ndata: [{}, {"path": ${path}}]\n\n`
    expect((await asked(operation, { asset_id: 'x' })).prediction).toMatchObject({
      status: 'failed',
      error: { code: 'algorithm.bad_output', details: { why: 'not_of_kind' } },
    })
  },
)
