import { describe, expect, test } from 'vitest'
import { issueIn, type BrokenRule, type Json, type JsonSchema } from '@vitrine/contract'
import { createSchemaChecker, type SchemaChecker } from '../../../adapters/schema-checker/schema-checker.ts'
import { systemClock } from '../../../lib/clock.ts'
import { brokenInput, brokenParameters, type Checking } from './schema-rules.ts'

const parameters = {
  type: 'object',
  properties: {
    top_k: { type: 'integer', maximum: 10, default: 3 },
    boxes: { type: 'array', items: { type: 'object', properties: { x: { type: 'number' } } } },
  },
  required: ['top_k'],
  additionalProperties: false,
}
/** Its time limit is so long that it also checks on a busy machine. */
const checker = createSchemaChecker(systemClock, 60_000)
const by = (one: SchemaChecker, person = 'somebody'): Checking => ({
  checker: one,
  person,
  serviceId: 'plates',
})
const english = (broken: BrokenRule[]) => broken.map((one) => issueIn(one, 'en'))

test('parameters are checked with their defaults, and each wrong field is given with its path', async () => {
  expect(await brokenParameters(by(checker), { input: {}, parameters }, {})).toEqual([])
  const given = { top_k: 50, boxes: [{ x: 1 }, { x: 'a' }], more: 1 }
  expect(
    english(await brokenParameters(by(checker), { input: {}, parameters }, given, 'targets[1]')),
  ).toEqual(
    expect.arrayContaining([
      { path: 'targets[1].parameters.top_k', message: 'must be at most 10' },
      { path: 'targets[1].parameters.boxes[1].x', message: 'expected number' },
      { path: 'targets[1].parameters.more', message: 'is not a known field' },
    ]),
  )
})

test('elements are checked, except where they are media', async () => {
  const input = {
    type: 'object',
    properties: { picture: { 'x-kind': 'image', type: 'string' }, text: { type: 'string' } },
    required: ['text'],
  }
  const elements: Json[] = [{ picture: { asset_id: 'x' }, text: 'a' }, { picture: 1 }]
  expect(english(await brokenInput(by(checker), { input, parameters: {} }, elements))).toEqual([
    { path: 'input_data[1].text', message: 'is required' },
  ])
})

test('a schema that is invalid, names another machine or never ends refuses no run', async () => {
  const schemas: JsonSchema[] = [
    { type: 'nothing' },
    { $ref: 'http://192.0.2.1/schema.json' },
    { properties: { a: { $ref: '#' } }, allOf: [{ $ref: '#/properties/a' }] },
  ]
  const usual = createSchemaChecker(systemClock)
  for (const schema of schemas)
    expect(
      await brokenParameters(by(usual), { input: {}, parameters: schema }, { a: { a: 1 } }),
    ).toBeInstanceOf(Array)
})

describe('a pattern that takes for ever', () => {
  const hostile = { properties: { word: { type: 'string', pattern: '^(a+)+$' } } }
  const endless = { word: `${'a'.repeat(50)}b` }
  const ask = (of: SchemaChecker, given = endless) =>
    brokenParameters(by(of), { input: {}, parameters: hostile }, given)
  const usual = createSchemaChecker(systemClock)
  let now = new Date()
  const strict = createSchemaChecker(() => now)

  test('is left to the runtime the first time, because the machine may be busy; then it is refused with its own error, and other checks continue', async () => {
    expect(await ask(strict)).toEqual([])
    await expect(ask(strict)).rejects.toMatchObject({
      code: 'run.schema_too_slow',
      status: 422,
      details: { service_id: 'plates', field: 'parameters' },
    })
    expect(await brokenParameters(by(strict), { input: {}, parameters }, {})).toEqual([])
  })

  test('delays only those who wrote it, however many such schemas they have', async () => {
    const slow = Array.from({ length: 8 }, (_unused, n) => ({ ...hostile, title: `schema ${n}` }))
    let ended = 0
    const own = slow.map(async (schema) => {
      const broken = await brokenParameters(by(usual, 'attacker'), { input: {}, parameters: schema }, endless)
      ended += 1
      return broken
    })
    expect(await brokenParameters(by(usual, 'other'), { input: {}, parameters }, {})).toEqual([])
    // At most the check that was in progress, if the machine was busy.
    expect(ended).toBeLessThanOrEqual(1)
    await Promise.all(own)
    expect(ended).toBe(8)
  })

  test('is not checked again for a minute, so that many requests block nobody', async () => {
    // Another person's check of such a schema takes as long as one attempt here, so it is still in progress afterwards.
    let isUnderWay = true
    const unlike = { ...hostile, title: 'of another person' }
    const tried = brokenParameters(by(strict, 'other'), { input: {}, parameters: unlike }, endless)
    const ended = tried.finally(() => (isUnderWay = false))
    const all = await Promise.allSettled(Array.from({ length: 50 }, () => ask(strict)))
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    expect(isUnderWay).toBe(true)
    await ended
    const later = () => {
      now = new Date(now.getTime() + 61_000)
      return ask(strict, { word: 'aaa' })
    }
    // The first attempts may fail because the machine is busy.
    await expect.poll(later).toEqual([])
    // A check that ended in time resets the count: the next slow one counts as the first again.
    expect(await ask(strict)).toEqual([])
  })
})
