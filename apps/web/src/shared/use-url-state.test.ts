import { describe, expect, test } from 'vitest'
import { queryValue, withQueryValue } from './use-url-state.ts'

describe('a value in the address', () => {
  test('is read, with a default', () => {
    expect(queryValue({ q: '文本' }, 'q', '')).toBe('文本')
    expect(queryValue({}, 'q', '')).toBe('')
    expect(queryValue({ q: ['a', 'b'] }, 'q', '')).toBe('')
    expect(queryValue({ q: null }, 'q', 'x')).toBe('x')
  })

  test('is the default if it is not allowed', () => {
    expect(queryValue({ tab: 'log' }, 'tab', 'overview', ['overview', 'log'])).toBe('log')
    expect(queryValue({ tab: 'nonsense' }, 'tab', 'overview', ['overview', 'log'])).toBe('overview')
  })

  test('is written next to the others, and removed if it is the default', () => {
    expect(withQueryValue({ a: '1' }, 'q', 'x', '')).toEqual({ a: '1', q: 'x' })
    expect(withQueryValue({ a: '1', q: 'x' }, 'q', '', '')).toEqual({ a: '1' })
  })
})
