import { expect, test } from 'vitest'
import { canonicalDigest } from './canonical-json.ts'
import { sha256 } from './secrets.ts'

test('a value has one digest, whatever the order of its fields', async () => {
  const expected = sha256('{"a":[1,"x",null,{"c":true,"d":1e+300}],"b":{}}')
  expect(await canonicalDigest({ b: {}, a: [1, 'x', null, { d: 1e300, c: true }] })).toBe(expected)
  expect(await canonicalDigest({ a: [1, 'x', null, { c: true, d: 1e300 }], b: {} })).toBe(expected)
})

test('a value that is longer than a piece is hashed whole', async () => {
  const long = Array.from({ length: 50_000 }, (_, at) => `text ${at} 文字`)
  expect(await canonicalDigest(long)).toBe(sha256(JSON.stringify(long)))
})

test('texts and names are changed before they are hashed', async () => {
  expect(await canonicalDigest({ name: ['one'] }, (text) => text.toUpperCase())).toBe(
    sha256('{"NAME":["ONE"]}'),
  )
})

test('a value of very many parts lets others have their turn', async () => {
  const many = Array.from({ length: 100_000 }, (_, at) => ({ at, deep: [[at]] }))
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  expect(await canonicalDigest(many)).toBe(sha256(JSON.stringify(many)))
  isOver = true
  expect(turns).toBeGreaterThan(1)
})
