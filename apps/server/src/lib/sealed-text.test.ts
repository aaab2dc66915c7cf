import { expect, test } from 'vitest'
import { textSealer } from './sealed-text.ts'

const sealer = textSealer('a secret of this platform')

test('a sealed text is opened again, and says nothing of itself', () => {
  const sealed = sealer.seal('token-令牌')
  expect(sealed).not.toContain('token')
  expect(sealer.open(sealed)).toBe('token-令牌')
  expect(sealer.seal('token-令牌')).not.toBe(sealed)
})

test('a text of another platform, or one that was changed, is not opened', () => {
  const sealed = sealer.seal('token')
  expect(() => textSealer('another secret').open(sealed)).toThrow()
  const changed = Buffer.from(sealed, 'base64')
  changed[14] = (changed[14] ?? 0) ^ 1
  expect(() => sealer.open(changed.toString('base64'))).toThrow()
  expect(() => sealer.open('')).toThrow()
})

test('a text from outside cannot bring a shorter proof than the platform makes', () => {
  expect(() => sealer.open(Buffer.from('abcd').toString('base64'))).toThrow('tag length')
})
