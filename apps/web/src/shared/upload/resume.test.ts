import { describe, expect, test } from 'vitest'
import { isWorthRetrying, sentInParts, uploadToResume } from './resume.ts'

const file = { name: 'street.mp4', size: 500 }
const begun = (creationTime: string, change: object = {}) => ({
  size: 500,
  metadata: { filename: 'street.mp4' },
  creationTime,
  ...change,
})

describe('an upload continues', () => {
  test('where the newest one of the same file stopped', () => {
    const [older, newer] = [begun('2026-03-02T08:00:00Z'), begun('2026-03-02T11:00:00Z')]
    expect(uploadToResume([older, newer], file)).toBe(newer)
    expect(uploadToResume([newer, older], file)).toBe(newer)
  })

  test('but not the upload of another file', () => {
    expect(uploadToResume([begun('2026-03-02T11:00:00Z', { size: 501 })], file)).toBeNull()
    expect(
      uploadToResume([begun('2026-03-02T11:00:00Z', { metadata: { filename: 'other.mp4' } })], file),
    ).toBeNull()
  })

  test('however long ago it began: only the platform knows whether bytes have arrived since', () => {
    const slow = begun('2026-02-01T00:00:00Z')
    expect(uploadToResume([slow], file)).toBe(slow)
  })

  test('but not one whose date is invalid', () => {
    expect(uploadToResume([begun('yesterday')], file)).toBeNull()
    expect(uploadToResume([], file)).toBeNull()
  })
})

test('small files are sent in one piece, large ones in parts', () => {
  expect(sentInParts({ size: 8 * 1024 * 1024 })).toBe(false)
  expect(sentInParts({ size: 8 * 1024 * 1024 + 1 })).toBe(true)
})

test('a lost connection, a busy server and an expired sign-in are retried, but not a refusal', () => {
  expect([null, 500, 503, 401, 409, 423, 429].map(isWorthRetrying)).toEqual(Array(7).fill(true))
  expect([400, 403, 404, 413, 507 - 100].map(isWorthRetrying)).toEqual(Array(5).fill(false))
})
