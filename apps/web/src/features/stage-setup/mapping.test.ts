import type { ApiFieldInfo, ApiOperation } from '@vitrine/contract'
import { expect, test } from 'vitest'
import {
  parameterSchema,
  placeText,
  roleOf,
  rolesFor,
  testCallInput,
  withRole,
  withValue,
} from './mapping.ts'

const info = (name: string, change: Partial<ApiFieldInfo> = {}): ApiFieldInfo => ({
  name,
  place: 'body',
  required: false,
  title: name,
  description: '',
  media: null,
  schema: { type: 'string' },
  ...change,
})
const infos = [
  info('text', { required: true }),
  info('top', { schema: { type: 'integer', default: 3 } }),
  info('photo', { media: 'file' }),
]
const [text = info(''), top = info(''), photo = info('')] = infos
const operation: ApiOperation = {
  method: 'POST',
  path: '/x',
  body: 'multipart',
  fields: [
    { name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } },
    { name: 'top', place: 'body', send: 'value', value: { from: 'parameter' } },
  ],
  answer: { kind: 'json', path: [] },
}
const roles = (of: ApiOperation) => infos.map((each) => roleOf(of, each))

test('a field that becomes the input takes the place of the one before, which becomes a parameter', () => {
  const next = withRole(operation, infos, photo, 'input')
  expect(roles(next)).toEqual(['parameter', 'parameter', 'input'])
  expect(next.fields[2]).toMatchObject({ send: 'file', value: { kind: 'image' } })
  expect(testCallInput(next, infos)).toMatchObject({ type: 'media', medium: 'image' })
})

test('a file is only an input, and a field that must be sent cannot be left out', () => {
  expect(rolesFor(photo)).toEqual(['input', 'left_out'])
  expect(rolesFor(text)).toEqual(['input', 'parameter', 'fixed'])
  const back = withRole(withRole(operation, infos, photo, 'input'), infos, text, 'input')
  expect(roles(back)).toEqual(['input', 'parameter', 'left_out'])
})

test('a fixed value begins with the default, and can be changed', () => {
  const fixed = withRole(operation, infos, top, 'fixed')
  expect(fixed.fields[1]?.value).toEqual({ from: 'fixed', value: 3 })
  expect(withValue(fixed, top, { value: 5 }).fields[1]?.value).toEqual({ from: 'fixed', value: 5 })
  expect(parameterSchema(fixed, infos).properties).toEqual({})
})

test('a place in an answer is written as in a program', () => {
  expect(placeText(['results', 0, 'label'])).toBe('results[0].label')
  expect(placeText([])).toBe('')
})
