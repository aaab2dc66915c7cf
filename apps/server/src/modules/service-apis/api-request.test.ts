import type { ApiField, ApiOperation, Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { apiRequest, ValueRefused, type MediaBytes } from './api-request.ts'

const field = (
  name: string,
  place: ApiField['place'],
  value: ApiField['value'] = { from: 'parameter' },
): ApiField => ({
  name,
  place,
  value,
  send: 'value',
})
const input = (name: string, place: ApiField['place'], send: ApiField['send'] = 'value'): ApiField => ({
  name,
  place,
  value: { from: 'input', kind: send === 'value' ? 'text' : 'image' },
  send,
})
const operation = (fields: ApiField[], change: Partial<ApiOperation> = {}): ApiOperation => ({
  method: 'POST',
  path: '/x',
  body: 'json',
  fields,
  answer: { kind: 'json', path: [] },
  ...change,
})
const file: MediaBytes = { content: Buffer.from('bytes'), mime: 'image/png', name: '图.png' }
const ask = (of: ApiOperation, given: Json | MediaBytes, parameters: Record<string, Json> = {}) =>
  apiRequest(of, { input: given, parameters })

test('values stand where their fields are: path, query, header and body, and absent ones nowhere', async () => {
  const fields = [
    field('id', 'path'),
    field('q', 'query'),
    field('tag', 'query'),
    field('X-Mode', 'header', { from: 'fixed', value: 'fast' }),
    input('text', 'body'),
    field('top', 'body'),
    field('absent', 'body'),
  ]
  const request = await ask(operation(fields, { path: '/x/{id}' }), '你好', {
    id: 'a b/c',
    q: 'x&y',
    tag: ['a', 1],
    top: 3,
  })
  expect(request).toMatchObject({
    path: '/x/a%20b%2Fc?q=x%26y&tag=a&tag=1',
    headers: { 'x-mode': 'fast', 'content-type': 'application/json' },
  })
  expect(JSON.parse(String(request.body))).toEqual({ text: '你好', top: 3 })
})

test('a value cannot lead to another path or write another header', async () => {
  const path = operation([input('id', 'path')], { path: '/x/{id}/y', body: 'none' })
  for (const value of ['..', '.', '']) await expect(ask(path, value)).rejects.toThrow(ValueRefused)
  expect((await ask(path, '../../admin?x#y')).path).toBe('/x/..%2F..%2Fadmin%3Fx%23y/y')
  const header = operation([input('X-Note', 'header')], { body: 'none' })
  await expect(ask(header, 'a\r\nhost: evil')).rejects.toThrow(ValueRefused)
})

test('a file is sent as a part of a form, as base64 or data URL in JSON, or as the whole body', async () => {
  const form = await ask(
    operation([input('image', 'body', 'file'), field('top', 'body')], { body: 'multipart' }),
    file,
    { top: 2 },
  )
  const parts = await new Response(new Uint8Array(form.body ?? []), { headers: form.headers }).formData()
  const sent = parts.get('image')
  expect(sent instanceof File && [sent.name, sent.type, await sent.text()]).toEqual([
    '图.png',
    'image/png',
    'bytes',
  ])
  expect(parts.get('top')).toBe('2')
  const json = async (send: ApiField['send']) =>
    JSON.parse(String((await ask(operation([input('image', 'body', send)]), file)).body)).image
  expect([await json('base64'), await json('data_url')]).toEqual([
    'Ynl0ZXM=',
    'data:image/png;base64,Ynl0ZXM=',
  ])
  const raw = await ask(operation([input('', 'whole', 'file')], { body: 'raw' }), file)
  expect([raw.headers['content-type'], String(raw.body)]).toEqual(['image/png', 'bytes'])
})
