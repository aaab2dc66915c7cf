import { expect, test } from 'vitest'
import type { ApiOperation } from '@vitrine/contract'
import { mappedCall } from './mapped-call.ts'
import { mappedSnippet } from './mapped-snippets.ts'

const given = {
  base: 'https://vitrine.example/ai/mood/',
  input: 'it’s fine',
  parameters: { lang: 'zh', tags: ['a', 'b'] },
  needsKey: true,
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
const code = (change: Partial<ApiOperation>) => {
  const call = mappedCall(operation(change), given)
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

test('values in the path and the query stand in the address', () => {
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
  expect(form.python).toContain('files={"photo": open("cat.png", "rb")}')
  expect(form.javascript).toContain('form.append("photo", await openAsBlob("cat.png"')
  const inJson = code({ fields: [{ ...field, send: 'data_url' }] })
  expect(inJson.curl).toContain(`base64 < 'cat.png'`)
  expect(inJson.curl).toContain('data:image/png;base64,')
  expect(inJson.python).toContain('json={"photo": "data:image/png;base64," + data}')
  expect(inJson.javascript).toContain('"photo": "data:image/png;base64," + data')
})

test('Gradio, whose calls are two requests and a stream, has no such code', () => {
  const [field] = operation({}).fields
  expect(
    field && mappedCall(operation({ fields: [{ ...field, position: { at: 0, otherwise: null } }] }), given),
  ).toBeNull()
})
