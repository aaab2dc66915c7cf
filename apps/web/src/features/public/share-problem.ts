import type { ErrorCode } from '@vitrine/contract'
import { ApiError, isRefusal } from '../../api/client.ts'

/** Why a link shows nothing, or nothing any more. */
export type ShareEnd = 'expired' | 'revoked' | 'used_up' | 'gone' | 'not_found'
/** The meaning of an error for a visitor: the link needs its password, has ended, or something failed. */
export type ShareProblem = { type: 'locked' } | { type: 'end'; end: ShareEnd } | { type: 'failure' }

const ends = {
  'share.expired': 'expired',
  'share.revoked': 'revoked',
  'share.used_up': 'used_up',
} as const satisfies Partial<Record<ErrorCode, ShareEnd>>
const isEnd = (code: string): code is keyof typeof ends => Object.hasOwn(ends, code)

/** Converts an error of a link's route. */
export const shareProblem = (error: unknown): ShareProblem => {
  if (!(error instanceof ApiError)) return { type: 'failure' }
  if (error.status === 401) return { type: 'locked' }
  if (error.status === 410) return { type: 'end', end: isEnd(error.code) ? ends[error.code] : 'gone' }
  // A token of the wrong form is refused before it is looked up. For a visitor, that link is unknown.
  if ([400, 403, 404, 422].includes(error.status)) return { type: 'end', end: 'not_found' }
  return { type: 'failure' }
}

/** Whether a refused run may be refused because the link is not any more what the page was drawn with. */
export const mayHaveChanged = (error: unknown): boolean =>
  isRefusal(error, 'service.not_ready') || (error instanceof ApiError && [404, 410].includes(error.status))
