import { expect, test } from 'vitest'
import { canonicalDigest } from './canonical-json.ts'
import { sha256 } from './secrets.ts'

test('a value has one digest, whatever the order of its fields', () => {
  const expected = sha256('{"a":[1,"x",null,{"c":true,"d":1e+300}],"b":{}}')
  expect(canonicalDigest({ b: {}, a: [1, 'x', null, { d: 1e300, c: true }] })).toBe(expected)
  expect(canonicalDigest({ a: [1, 'x', null, { c: true, d: 1e300 }], b: {} })).toBe(expected)
})

test('a value that is longer than a piece is hashed whole', () => {
  const long = Array.from({ length: 50_000 }, (_, at) => `text ${at} 文字`)
  expect(canonicalDigest(long)).toBe(sha256(JSON.stringify(long)))
})

test('texts and names are changed before they are hashed', () => {
  expect(canonicalDigest({ name: ['one'] }, (text) => text.toUpperCase())).toBe(sha256('{"NAME":["ONE"]}'))
})
