import type { ErrorCode } from '@vitrine/contract'
import { ApiError } from '../../api/client.ts'

/** Why a link shows nothing (any more). */
export type ShareEnd = 'expired' | 'revoked' | 'used_up' | 'gone' | 'not_found'
/** What an error means to a visitor: the link asks for its password, has come to an end, or something went wrong. */
export type ShareTrouble = { type: 'locked' } | { type: 'end'; end: ShareEnd } | { type: 'failure' }

const ends = {
  'share.expired': 'expired',
  'share.revoked': 'revoked',
  'share.used_up': 'used_up',
} as const satisfies Partial<Record<ErrorCode, ShareEnd>>
const isEnd = (code: string): code is keyof typeof ends => Object.hasOwn(ends, code)

/** Sorts what a link's route answered. */
export const shareTrouble = (error: unknown): ShareTrouble => {
  if (!(error instanceof ApiError)) return { type: 'failure' }
  if (error.status === 401) return { type: 'locked' }
  if (error.status === 410) return { type: 'end', end: isEnd(error.code) ? ends[error.code] : 'gone' }
  // A token that is not in its form is refused before it is looked up: to a visitor it is as unknown.
  if ([400, 403, 404, 422].includes(error.status)) return { type: 'end', end: 'not_found' }
  return { type: 'failure' }
}
