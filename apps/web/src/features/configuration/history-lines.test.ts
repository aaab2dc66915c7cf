import type { EffectiveConfig } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { effectiveConfig } from './effective-config.fixture.ts'
import { isAsNow, newestChanges, undoOf, valueElsewhere } from './history-lines.ts'

/** A value of a key that the package of a service declares. */
const item = (more: Partial<EffectiveConfig>): EffectiveConfig =>
  effectiveConfig('env.GREETING', {
    type: 'service',
    revision: null,
    declared: true,
    title: 'GREETING',
    ...more,
  })
/** Set for the service, over the value that its package gives. */
const own = item({
  value: 'good day',
  revision: 2,
  overridden: [{ source: 'file', type: 'service', value: 'hello' }],
})
const ofPackage = item({ value: 'hello', source: 'file' })
const change = { key: 'env.GREETING', secret: false, before: null, after: 'good day' }

describe('what counts where a service sets no value', () => {
  test.each([
    ['the value that its package gives', own, 'hello'],
    ['the same while nothing is set', ofPackage, 'hello'],
    ['nothing for a secret', item({ ...own, secret: true }), null],
    ['nothing where no layer has a value', item({ value: 'x', revision: 2 }), null],
    ['nothing for a key that is gone', undefined, null],
  ])('is %s', (_name, shown, expected) => {
    expect(valueElsewhere(shown, 'letters')).toBe(expected)
  })

  test('is not what the environment of the platform sets over all', () => {
    const covered = item({
      source: 'environment',
      type: 'system',
      value: 9,
      overridden: [
        { source: 'database', type: 'system', value: 8 },
        { source: 'default', type: 'system', value: 7 },
      ],
    })
    expect(valueElsewhere(covered, null)).toBe(7)
  })
})

test.each([
  ['the value that holds', change, 2, own, true],
  ['an earlier one', change, 1, own, false],
  ['one that somebody has removed since', change, 2, ofPackage, false],
  ['a removal, while nothing is set', { ...change, after: null }, 3, ofPackage, true],
  ['a removal, since which a value was set', { ...change, after: null }, 1, own, false],
  [
    'the secret that holds',
    { ...change, secret: true, after: null },
    2,
    item({ ...own, secret: true }),
    true,
  ],
])('there is nothing to restore where a change made %s', (_name, made, revision, shown, expected) => {
  expect(isAsNow(made, revision, shown, 'letters')).toBe(expected)
})

test('the newest change of each key is found, where a later one changed others', () => {
  const changes = (...keys: string[]) => keys.map((key) => ({ key }))
  expect([
    ...newestChanges([
      { number: 9, changes: changes('b') },
      { number: 7, changes: changes('a', 'b') },
    ]),
  ]).toEqual([
    ['b', 9],
    ['a', 7],
  ])
})

test('a change is undone by the value before it, or by removing the first value', () => {
  expect(undoOf(change, 2, 'letters')).toEqual({
    service_id: 'letters',
    key: 'env.GREETING',
    unset: true,
    base_revision: 2,
  })
  const removed = { ...change, before: 'good day', after: null }
  expect(undoOf(removed, 3, null)).toEqual({ key: 'env.GREETING', value: 'good day', base_revision: 0 })
})
