import { expect, test } from 'vitest'
import { collectGarbage } from './collect-garbage.test-setup.ts'
import { jsonWeight } from './json-weight.ts'

const count = 20_000
const list = (item: (at: number) => string) =>
  `[${Array.from({ length: count }, (_, at) => item(at)).join()}]`
const forms: Record<string, string> = {
  'empty lists': list(() => '[]'),
  'lists in lists': list(() => `${'['.repeat(20)}${']'.repeat(20)}`),
  'lists of one number': list(() => '[1.5]'),
  'empty objects': list(() => '{}'),
  'objects with names of their own': list((at) => `{"k${at}":1,"j${at}":2}`),
  'objects with numbers as names': list(() => '{"99":1}'),
  'one object with many names': `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join()}}`,
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
