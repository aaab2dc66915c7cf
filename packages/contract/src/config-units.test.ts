import { describe, expect, test } from 'vitest'
import { brokenRules } from './issues.ts'
import { duration, listOf, size } from './config-kinds.ts'
import { quantityOf, quantityText } from './config-units.ts'
import { z } from 'zod'

describe('a duration or a size as people write it', () => {
  test.each([
    ['30s', 's', 30],
    ['5m', 's', 300],
    ['5min', 's', 300],
    ['1h30m', 's', 5_400],
    ['1h 30m', 's', 5_400],
    ['1.5h', 'm', 90],
    ['500ms', 's', 0.5],
    ['100ms', 's', 0.1],
    ['7d', 'd', 7],
    ['48h', 'd', 2],
    ['45', 's', 45],
    [' 45 ', 's', 45],
    ['2.5', 's', 2.5],
    ['512MB', 'MB', 512],
    ['512 MiB', 'MB', 512],
    ['2GB', 'MB', 2_048],
    ['2g', 'MB', 2_048],
    ['1gb512mb', 'MB', 1_536],
    ['1024KB', 'MB', 1],
    ['1m', 'MB', 1],
    ['10', 'MB', 10],
  ] as const)('%s in %s is %s', (text, unit, expected) => {
    expect(quantityOf(text, unit)).toBe(expected)
  })

  test.each([
    ['', 's'],
    ['s', 's'],
    ['-5s', 's'],
    ['5 apples', 's'],
    ['5MB', 's'],
    ['5s', 'MB'],
    ['1e3', 's'],
    ['5s5', 's'],
    ['1,5s', 's'],
    ['1s '.repeat(30), 's'],
    ['٣s', 's'],
  ] as const)('%j is none in %s', (text, unit) => {
    expect(quantityOf(text, unit)).toBeNull()
  })

  test.each([
    [30, 's', '30s'],
    [300, 's', '5m'],
    [90, 's', '90s'],
    [5_400, 's', '90m'],
    [0.5, 's', '500ms'],
    [0.1, 's', '100ms'],
    [60, 's', '60s'],
    [86_400, 's', '24h'],
    [172_800, 's', '2d'],
    [1, 'd', '1d'],
    [90, 'd', '90d'],
    [0, 's', '0s'],
    [10, 'MB', '10MB'],
    [2_048, 'MB', '2GB'],
    [1.5, 'MB', '1536KB'],
  ] as const)('%s of %s is written %s, and read as the same again', (value, unit, text) => {
    expect(quantityText(value, unit)).toBe(text)
    expect(quantityOf(text, unit)).toBe(value)
  })
})

describe('what a key of such a kind takes', () => {
  const seconds = duration({ unit: 's', min: 1, max: 86_400 }).schema
  const mebibytes = size({ unit: 'MB', min: 1, max: 2_048, whole: true }).schema
  const names = listOf(z.string().regex(/^[a-z]+$/), 3).schema
  const rulesOf = (schema: z.ZodType, value: unknown) =>
    brokenRules(schema.safeParse(value, { reportInput: true }).error?.issues ?? [])

  test('is stored as a number of its unit, whether it was a number or a text', () => {
    for (const given of [300, '300', '5m', '300s']) expect(seconds.parse(given)).toBe(300)
    for (const given of [1_024, '1GB', '1024']) expect(mebibytes.parse(given)).toBe(1_024)
  })

  test.each([
    [seconds, 'soon', [{ path: '', rule: 'field.duration', values: {} }]],
    [seconds, '2d', [{ path: '', rule: 'field.between', values: { min: '1s', max: '24h' } }]],
    [seconds, 0, [{ path: '', rule: 'field.between', values: { min: '1s', max: '24h' } }]],
    [seconds, true, [{ path: '', rule: 'field.type', values: { expected: 'number, string' } }]],
    [mebibytes, '5 apples', [{ path: '', rule: 'field.size', values: {} }]],
    [mebibytes, '1500KB', [{ path: '', rule: 'field.whole_unit', values: { unit: '1MB' } }]],
    [mebibytes, '4GB', [{ path: '', rule: 'field.between', values: { min: '1MB', max: '2GB' } }]],
    [names, ['a', 'B'], [{ path: '[1]', rule: 'field.pattern', values: { expected: '/^[a-z]+$/' } }]],
    [names, 'a b c d', [{ path: '', rule: 'field.maxItems', values: { expected: 3 } }]],
    [names, [1], [{ path: '[0]', rule: 'field.type', values: { expected: 'string' } }]],
  ] as const)('%#: says what is wrong, and where', (schema, given, expected) => {
    expect(rulesOf(schema, given)).toEqual(expected)
  })

  test('of a list is its entries, also of a text with commas, spaces or lines', () => {
    for (const given of ['a,b', 'a, b', ' a\nb ', ['a', 'b']]) expect(names.parse(given)).toEqual(['a', 'b'])
    expect(names.parse('')).toEqual([])
  })
})
