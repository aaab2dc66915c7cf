import { expect, test } from 'vitest'
import { issueIn, type Json, type JsonSchema } from '@vitrine/contract'
import { brokenInput, brokenParameters } from './run-rules.ts'

const parameters = {
  type: 'object',
  properties: {
    top_k: { type: 'integer', maximum: 10, default: 3 },
    boxes: { type: 'array', items: { type: 'object', properties: { x: { type: 'number' } } } },
  },
  required: ['top_k'],
  additionalProperties: false,
}
const english = (broken: ReturnType<typeof brokenParameters>) => broken.map((one) => issueIn(one, 'en'))

test('parameters are checked with their defaults, each wrong field by its path', () => {
  expect(brokenParameters({ input: {}, parameters }, {})).toEqual([])
  const given = { top_k: 50, boxes: [{ x: 1 }, { x: 'a' }], more: 1 }
  expect(english(brokenParameters({ input: {}, parameters }, given, 'targets[1]'))).toEqual(
    expect.arrayContaining([
      { path: 'targets[1].parameters.top_k', message: 'must be at most 10' },
      { path: 'targets[1].parameters.boxes[1].x', message: 'expected number' },
      { path: 'targets[1].parameters.more', message: 'is not a known field' },
    ]),
  )
})

test('elements are checked where no media stands', () => {
  const input = {
    type: 'object',
    properties: { picture: { 'x-kind': 'image', type: 'string' }, text: { type: 'string' } },
    required: ['text'],
  }
  const elements: Json[] = [{ picture: { asset_id: 'x' }, text: 'a' }, { picture: 1 }]
  expect(english(brokenInput({ input, parameters: {} }, elements))).toEqual([
    { path: 'input_data[1].text', message: 'is required' },
  ])
})

test('a pattern that takes for ever does not hold up the platform, and is left to the runtime after some tries', () => {
  const hostile = { properties: { word: { type: 'string', pattern: '^(a+)+$' } } }
  const given = { word: `${'a'.repeat(50)}b` }
  const began = performance.now()
  for (let time = 0; time < 20; time += 1)
    expect(brokenParameters({ input: {}, parameters: hostile }, given)).toEqual([])
  expect(performance.now() - began).toBeLessThan(8000)
}, 30_000)

test('a schema that is none, names another machine or never ends refuses nobody', () => {
  const schemas: JsonSchema[] = [
    { type: 'nothing' },
    { $ref: 'http://192.0.2.1/schema.json' },
    { properties: { a: { $ref: '#' } }, allOf: [{ $ref: '#/properties/a' }] },
  ]
  for (const schema of schemas)
    expect(brokenParameters({ input: {}, parameters: schema }, { a: { a: 1 } })).toBeInstanceOf(Array)
})
