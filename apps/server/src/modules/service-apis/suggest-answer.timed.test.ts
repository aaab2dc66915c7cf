import { expect, test } from 'vitest'
import { jsonOf } from './api-answer.ts'
import { suggestAnswers } from './suggest-answer.ts'

test('to suggest how an answer of 13 MB can be shown takes less time than to read it', () => {
  const box = '{"label":"x","score":0.5,"box":[1,2,3,4]}'
  const body = Buffer.from(`{"a":{"b":{"c":[${Array.from({ length: 320_000 }, () => box).join()}]}}}`)
  expect(body.length).toBeGreaterThan(13_000_000)
  const raw = { status: 200, mime: 'application/json', body }
  const before = performance.now()
  jsonOf(raw)
  const between = performance.now()
  const [best] = suggestAnswers(raw)
  const after = performance.now()
  expect(best).toMatchObject({ kind: 'detection', path: ['a', 'b', 'c'], box: 'box' })
  expect(after - between).toBeLessThan(between - before)
})
