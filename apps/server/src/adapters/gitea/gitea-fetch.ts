import { boundedResponse } from '../../lib/bounded-response.ts'
import { AppError } from '../../lib/errors.ts'
import { giteaRedirected, giteaUnreachable } from './gitea.errors.ts'

/** How long a Gitea server may take, in ms. */
export type GiteaWaits = {
  /** How long one whole answer of its API may take. */
  answerMs: number
  /** How long it may be silent while git or a file of Git LFS is under way: it packs a large repository, or computes a digest. */
  silenceMs: number
}
/** How long a Gitea server may usually take. */
export const usualWaits: GiteaWaits = { answerMs: 10_000, silenceMs: 120_000 }
/** Lists come in pages, so no honest answer is larger. Bytes. */
const mostBytes = 8 * 1024 ** 2

/**
 * Fetches without following redirects, which would carry the token elsewhere, and reads no more than {@link mostBytes}. A whole answer
 * may take `answerMs`. Throws `gitea.unreachable`, `gitea.redirected`, and the reason of a signal that aborts.
 */
export const fetchWithin =
  ({ answerMs }: Pick<GiteaWaits, 'answerMs'>): typeof fetch =>
  async (address, init) => {
    const timeout = AbortSignal.timeout(answerMs)
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout
    try {
      // A token is for this address alone.
      const answer = await fetch(address, { ...init, redirect: 'manual', signal })
      const to = answer.headers.get('location')
      if (answer.status >= 300 && answer.status < 400 && to !== null)
        throw giteaRedirected({ to: to.slice(0, 200) })
      return await boundedResponse(answer, mostBytes)
    } catch (error) {
      init?.signal?.throwIfAborted()
      throw error instanceof AppError ? error : giteaUnreachable({}, error)
    }
  }

/** The Basic credentials for git and Git LFS: any user name, and the token as password. */
export const basicOf = (token: string): string =>
  `Basic ${Buffer.from(`vitrine:${token}`).toString('base64')}`
