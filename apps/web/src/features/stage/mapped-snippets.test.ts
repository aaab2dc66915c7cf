import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { ApiOperation, Json } from '@vitrine/contract'
import { mappedCall } from './mapped-call.ts'
import { mappedSnippet } from './mapped-snippets.ts'

const given = {
  base: 'https://vitrine.example/ai/mood/',
  input: 'it’s fine',
  parameters: { lang: 'zh', tags: ['a', 'b'] },
  key: 'KEY',
  file: { name: 'cat.png', mime: 'image/png' },
}
const operation = (change: Partial<ApiOperation>): ApiOperation => ({
  method: 'POST',
  path: '/classify',
  body: 'json',
  fields: [
    { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } },
    { name: 'lang', place: 'body', send: 'value', value: { from: 'parameter' } },
    { name: 'missing', place: 'body', send: 'value', value: { from: 'parameter' } },
    { name: 'version', place: 'body', send: 'value', value: { from: 'fixed', value: 2 } },
  ],
  answer: { kind: 'json', path: [] },
  ...change,
})
const code = (change: Partial<ApiOperation>, values: Partial<typeof given> = {}) => {
  const call = mappedCall(operation(change), { ...given, ...values })
  if (call === null) throw new Error('there is no call')
  return {
    curl: mappedSnippet('curl', call),
    python: mappedSnippet('python', call),
    javascript: mappedSnippet('javascript', call),
  }
}

test('a call in JSON has the input, the parameters that are set, and what never changes', () => {
  const { curl, python, javascript } = code({})
  expect(mappedCall(operation({}), given)?.body).toEqual({
    kind: 'json',
    value: { text: 'it’s fine', lang: 'zh', version: 2 },
  })
  expect(curl).toContain(`curl -X POST 'https://vitrine.example/ai/mood/classify'`)
  for (const each of [curl, python, javascript]) expect(each).toContain('Bearer KEY')
  expect(python).toContain('json={"text": "it’s fine", "lang": "zh", "version": 2}')
  expect(javascript).toContain('body: JSON.stringify({')
})

test('values in the path and the query are in the address', () => {
  const { curl } = code({
    method: 'GET',
    path: '/words/{word}',
    body: 'none',
    fields: [
      { name: 'word', place: 'path', send: 'value', value: { from: 'input', kind: 'text' } },
      { name: 'tags', place: 'query', send: 'value', value: { from: 'parameter' } },
    ],
  })
  expect(curl).toContain('/ai/mood/words/it%E2%80%99s%20fine?tags=a&tags=b')
  expect(curl).not.toContain('-d')
})

test('a media file is read from a local file, as a part of a form or as base64', () => {
  const field = { name: 'photo', place: 'body', value: { from: 'input', kind: 'image' } } as const
  const form = code({ body: 'multipart', fields: [{ ...field, send: 'file' }] })
  expect(form.curl).toContain(`-F 'photo=@cat.png'`)
  expect(form.python).toContain('("photo", ("cat.png", open("cat.png", "rb"), "image/png"))')
  expect(form.javascript).toContain('form.append("photo", await openAsBlob("cat.png"')
  const inJson = code({ fields: [{ ...field, send: 'data_url' }] })
  expect(inJson.curl).toContain(`base64 < 'cat.png'`)
  expect(inJson.curl).toContain('data:image/png;base64,')
  expect(inJson.python).toContain('json={"photo": "data:image/png;base64," + data}')
  expect(inJson.javascript).toContain('"photo": "data:image/png;base64," + data')
})

test('a text that begins like a file name is sent as a text', () => {
  const text = { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } } as const
  const form = code({ body: 'multipart', fields: [text] }, { input: '@notes;type=x' })
  expect(form.curl).toContain(`--form-string 'text=@notes;type=x'`)
  expect(form.curl).not.toContain('-F ')
  const raw = code({ body: 'raw', fields: [{ ...text, place: 'whole' }] }, { input: '@notes' })
  expect(raw.curl).toContain(`--data-raw '@notes'`)
  expect(raw.curl).toContain(`-H 'Content-Type: text/plain; charset=utf-8'`)
})

test('a multipart form is one in Python too, with or without a file', () => {
  const text = { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } } as const
  const { python } = code({ body: 'multipart', fields: [text] }, { input: 'x' })
  expect(python).toContain('files=[\n        ("text", (None, "x")),\n    ],')
  expect(python).not.toContain('data=')
})

test('a file whose name has marks of curl is found, and its type is sent', () => {
  const file = { name: 'a;"b,.png', mime: 'image/png' }
  const photo = { name: 'photo', send: 'file', value: { from: 'input', kind: 'image' } } as const
  const form = code({ body: 'multipart', fields: [{ ...photo, place: 'body' }] }, { file })
  expect(form.curl).toContain(String.raw`-F 'photo=@"a;\"b,.png"'`)
  const raw = code({ body: 'raw', fields: [{ ...photo, place: 'whole' }] })
  expect(raw.curl).toContain(`--data-binary '@cat.png'`)
  for (const each of [raw.curl, raw.python, raw.javascript])
    expect(each).toMatch(/Content-Type"?: "?image\/png/)
})

test('two fields of a body can have the same file', () => {
  const photo = { place: 'body', value: { from: 'input', kind: 'image' } } as const
  const { curl } = code({
    fields: [
      { ...photo, name: 'first', send: 'base64' },
      { ...photo, name: 'second', send: 'data_url' },
    ],
  })
  expect(curl.match(/base64 < 'cat.png'/g)).toHaveLength(2)
  expect(curl).toContain('"second": "data:image/png;base64,')
  expect(curl).toMatch(/printf %s '"\n}'; } \|/)
})

test('a content type that a header names is sent once', () => {
  const [text] = operation({}).fields
  if (!text) throw new Error('there is no field')
  const type = {
    name: 'content-type',
    place: 'header',
    send: 'value',
    value: { from: 'fixed', value: 'application/x-ndjson' },
  } as const
  const { curl, python, javascript } = code({ body: 'raw', fields: [{ ...text, place: 'whole' }, type] })
  for (const each of [curl, python, javascript]) expect(each.match(/content-type/gi)).toHaveLength(1)
})

describe('a call of Gradio', () => {
  const at = (place: number, otherwise: Json = null) => ({ position: { at: place, otherwise } })
  const [text, lang, missing] = operation({}).fields.slice(0, 3)
  if (!text || !lang || !missing) throw new Error('there are too few fields')
  const fields = [
    { ...lang, ...at(1) },
    { ...text, ...at(0) },
    { ...missing, ...at(3, 5) },
  ]

  test('has its values in their order, with what stands where there is none', () => {
    expect(mappedCall(operation({ fields }), given)?.body).toEqual({
      kind: 'json',
      value: { data: ['it’s fine', 'zh', null, 5] },
    })
    expect(code({ fields, path: '/run/mood' }).curl).not.toContain('event')
  })

  test('that is put into the queue is followed to its result', async () => {
    const asked: string[] = []
    const server = createServer((req, res) => {
      asked.push(`${req.method} ${req.url} ${req.headers.authorization}`)
      if (req.method === 'POST') res.end('{"event_id": "e-1"}')
      else res.end('event: complete\ndata: ["好"]\n\n')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const values = { base: `http://127.0.0.1:${port}/ai/mood/` }
    const { curl, javascript, python } = code({ fields, path: '/gradio_api/call/mood' }, values)
    const run = promisify(execFile)
    const ran = await Promise.all([
      run(process.execPath, ['--input-type=module', '-e', javascript]),
      ...(existsSync('/usr/bin/curl') ? [run('sh', ['-c', curl])] : []),
    ]).finally(() => server.close())
    for (const { stdout } of ran) expect(stdout).toContain('data: ["好"]')
    expect(asked.toSorted()).toEqual([
      ...ran.map(() => 'GET /ai/mood/gradio_api/call/mood/e-1 Bearer KEY'),
      ...ran.map(() => 'POST /ai/mood/gradio_api/call/mood Bearer KEY'),
    ])
    expect(python).toContain('requests.get(url, headers={"Authorization": "Bearer KEY"}')
  })

  test('with a file has no such code: it is uploaded first', () => {
    const file = { ...text, ...at(0), send: 'base64', value: { from: 'input', kind: 'image' } } as const
    expect(mappedCall(operation({ fields: [file] }), given)).toBeNull()
  })
})
