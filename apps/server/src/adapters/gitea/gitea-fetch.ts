import { boundedResponse } from '../../lib/bounded-response.ts'
import { AppError } from '../../lib/errors.ts'
import { giteaRedirected, giteaUnreachable } from './gitea.errors.ts'

/** How long one answer may take, in milliseconds. */
const timeoutMs = 10_000
/** The longest answer that is read, in bytes. Lists come in pages, so no valid answer is larger. */
const mostBytes = 8 * 1024 ** 2

/**
 * Fetches without following redirects, which would carry the token elsewhere, and reads no more than {@link mostBytes}. Throws
 * `gitea.unreachable` and `gitea.redirected`.
 */
export const boundedFetch: typeof fetch = async (address, init) => {
  try {
    const answer = await fetch(address, {
      ...init,
      // The token must be sent only to this address.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const to = answer.headers.get('location')
    if (answer.status >= 300 && answer.status < 400 && to !== null)
      throw giteaRedirected({ to: to.slice(0, 200) })
    return await boundedResponse(answer, mostBytes)
  } catch (error) {
    throw error instanceof AppError ? error : giteaUnreachable({}, error)
  }
}

/** The Basic credentials for git and Git LFS: any user name, and the token as password. */
export const basicOf = (token: string): string =>
  `Basic ${Buffer.from(`vitrine:${token}`).toString('base64')}`
