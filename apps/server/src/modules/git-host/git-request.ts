import type { Readable } from 'node:stream'
import type { GitHeaders } from '../../adapters/code-host/git-http-backend.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Language } from '../../lib/errors.ts'
import { uploadTooLarge } from '../sources/sources.errors.ts'
import type { GitHostDeps } from './git-host.deps.ts'

/** A request of git, by somebody who has signed in. */
export type GitRequest = { algorithmId: string; actor: Actor; headers: GitHeaders }

/** A push, by somebody who has signed in. */
export type Push = GitRequest & {
  language: Language
  /** The address of the pages, as who pushes reaches them. */
  origin: string
  body: Readable
  /** Aborts when the connection is closed. */
  closed: AbortSignal
}

/**
 * The most bytes that a request may have: what it states, or the limit of a push. Throws `upload.too_large` if it states more.
 */
export function mostBytes(
  { largestPush }: Pick<GitHostDeps, 'largestPush'>,
  { contentLength, contentEncoding }: GitHeaders,
): number {
  const limit = largestPush()
  // A compressed one says how long it is compressed.
  const stated = contentEncoding === undefined && contentLength !== undefined ? Number(contentLength) : limit
  if (stated > limit) throw uploadTooLarge({ limit_bytes: limit })
  return stated
}
