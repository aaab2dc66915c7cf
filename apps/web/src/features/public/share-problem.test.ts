import { expect, test } from 'vitest'
import { ApiError } from '../../api/client.ts'
import { mayHaveChanged, shareProblem } from './share-problem.ts'

test.each([
  [401, 'share.locked', { type: 'locked' }],
  [401, 'share.wrong_password', { type: 'locked' }],
  [410, 'share.expired', { type: 'end', end: 'expired' }],
  [410, 'share.revoked', { type: 'end', end: 'revoked' }],
  [410, 'share.used_up', { type: 'end', end: 'used_up' }],
  [410, 'share.target_gone', { type: 'end', end: 'gone' }],
  [404, 'share.not_found', { type: 'end', end: 'not_found' }],
  [422, 'request.invalid', { type: 'end', end: 'not_found' }],
  [429, 'share.too_many_requests', { type: 'failure' }],
  [500, 'internal', { type: 'failure' }],
  [0, 'network', { type: 'failure' }],
])('%i %s', (status, code, expected) => {
  expect(shareProblem(new ApiError({ status, code, message: '' }))).toEqual(expected)
})

test('an answer that is not from the API is a failure', () => {
  expect(shareProblem(new TypeError('x'))).toEqual({ type: 'failure' })
})

test.each([
  [503, 'service.not_ready', true],
  [410, 'share.target_gone', true],
  [404, 'share.not_found', true],
  [422, 'request.invalid', false],
  [0, 'network', false],
])('after %i %s the link is read again: %s', (status, code, isRead) => {
  expect(mayHaveChanged(new ApiError({ status, code, message: '' }))).toBe(isRead)
})
