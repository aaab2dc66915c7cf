import { expect, test } from 'vitest'
import { collectGarbage } from './collect-garbage.test-setup.ts'
import { jsonWeight } from './json-weight.ts'

const count = 20_000
const list = (item: (at: number) => string) =>
  `[${Array.from({ length: count }, (_, at) => item(at)).join()}]`
const objectWith = (names: number) => `{${Array.from({ length: names }, (_, at) => `"k${at}":1`).join()}}`
const forms: Record<string, string> = {
  'empty lists': list(() => '[]'),
  'lists in lists': list(() => `${'['.repeat(20)}${']'.repeat(20)}`),
  'lists of one number': list(() => '[1.5]'),
  'empty objects': list(() => '{}'),
  'objects with names of their own': list((at) => `{"k${at}":1,"j${at}":2}`),
  'objects with numbers as names': list(() => '{"99":1}'),
  'objects with a thousand names': `[${Array.from({ length: count / 1_000 }, () => objectWith(1_000)).join()}]`,
  numbers: list((at) => (at === 0 ? '"a"' : '1.5')),
  texts: list((at) => `"${at}x"`),
  'texts with a letter beyond Latin-1': list((at) => `"${at}${'x'.repeat(100)}中"`),
}

test.each(Object.entries(forms))('%s take no more memory than they weigh', (_form, text) => {
  const bytes = Buffer.from(text)
  const weight = jsonWeight(bytes)
  const kept: unknown[] = []
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  // Several times: what else is in memory comes and goes.
  for (let time = 0; time < 5; time++) kept.push(JSON.parse(bytes.toString()))
  collectGarbage()
  const taken = (process.memoryUsage().heapUsed - before) / kept.length
  expect(taken).toBeLessThan(weight * 1.1)
  expect(taken).toBeGreaterThan(weight / 8)
})

test('what stands in texts is no value', () => {
  expect(jsonWeight(Buffer.from(String.raw`"[[[[{{{{,,,,\"[[[[\\"`))).toBeLessThan(100)
  expect(jsonWeight(Buffer.from(String.raw`["\\",[],[]]`))).toBeGreaterThan(3 * 64)
})

test('an object with very many names weighs more than it takes, wherever it is: each pass over it takes long', () => {
  const weightOf = (text: string) => jsonWeight(Buffer.from(text))
  const many = weightOf(objectWith(100_000))
  expect(many).toBeGreaterThan(100 * 1024 ** 2)
  expect(weightOf(`[{"a":[${objectWith(100_000)}],"b":{}}]`)).toBeGreaterThanOrEqual(many)
  expect(weightOf(`[${Array.from({ length: 100 }, () => objectWith(1_000)).join()}]`)).toBeLessThan(many / 10)
})
