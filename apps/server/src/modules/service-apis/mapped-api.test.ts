import type { ApiField } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { misfitOf } from './mapped-api.ts'
import { readOpenApi } from './openapi-document.ts'
import { readOperation } from './openapi-operation.ts'

type Listed = { name: string; in: 'path' | 'query'; required?: boolean }

function misfitAt(path: string, parameters: Listed[], fields: ApiField[]) {
  const text = JSON.stringify({ openapi: '3.0.0', paths: { [path]: { get: { parameters } } } })
  const document = readOpenApi(text)
  const operation = document && readOperation(document, { method: 'GET', path })
  if (!operation) throw new Error('the operation was not read')
  return misfitOf(
    { method: 'GET', path, body: 'none', fields, answer: { kind: 'json', path: [] } },
    operation,
  )
}
const input: ApiField['value'] = { from: 'input', kind: 'text' }
const parameter: ApiField['value'] = { from: 'parameter' }
const field = (name: string, place: ApiField['place'], value: ApiField['value']): ApiField => ({
  name,
  place,
  value,
  send: 'value',
})

test('each name in the path needs a field, even if the document lists none', () => {
  const listed: Listed[] = [{ name: 'q', in: 'query' }]
  const query = field('q', 'query', input)
  expect(misfitAt('/items/{id}', listed, [query])).toEqual({ why: 'missing', field: 'id' })
  expect(misfitAt('/items', listed, [query])).toBeNull()
  const both: Listed[] = [...listed, { name: 'id', in: 'path' }]
  expect(misfitAt('/items/{id}', both, [query])).toEqual({ why: 'missing', field: 'id' })
  expect(misfitAt('/items/{id}', both, [query, field('id', 'path', parameter)])).toBeNull()
})

test('a field has one value: listed twice, the last would win unseen', () => {
  const listed: Listed[] = [{ name: 'q', in: 'query' }]
  const fixed = field('q', 'query', { from: 'fixed', value: 'x' })
  expect(misfitAt('/items', listed, [field('q', 'query', input), fixed])).toEqual({
    why: 'twice',
    field: 'q',
  })
})

test('fields of one name at two places are sent, but only one of them can be a parameter', () => {
  const listed: Listed[] = [
    { name: 'id', in: 'path' },
    { name: 'id', in: 'query' },
    { name: 'q', in: 'query' },
  ]
  const fields = (of: ApiField['value']) => [
    field('q', 'query', input),
    field('id', 'path', parameter),
    field('id', 'query', of),
  ]
  expect(misfitAt('/items/{id}', listed, fields({ from: 'fixed', value: 1 }))).toBeNull()
  expect(misfitAt('/items/{id}', listed, fields(parameter))).toEqual({ why: 'twice', field: 'id' })
})
