import type { FastifyReply, FastifyRequest } from 'fastify'
import { slug } from '@vitrine/contract'
import { endWithoutRight } from '../../http/end-without-right.ts'
import type { Actor } from '../../lib/actor.ts'
import { gitSignInRequired, repositoryNotFound } from './git-host.errors.ts'

/** A request to `/git/<algorithm id>.git`. */
export type OfRepository = { Params: { repository: string } }

/** The algorithm whose repository a request names. Throws `git.repository_not_found` for what can be no name of one. */
export function algorithmOf({ params: { repository } }: FastifyRequest<OfRepository>): string {
  const id = slug.safeParse(repository.replace(/\.git$/, ''))
  if (!repository.endsWith('.git') || !id.success) throw repositoryNotFound({ repository })
  return id.data
}

/**
 * Finds who sends a request, from its headers alone: nothing of the body of a stranger is read. The audit log names them from then on, also
 * those who try what they may not. Throws `git.sign_in_required`, and what `authenticate` throws.
 */
async function signIn(
  request: FastifyRequest,
  authenticate: (header: string) => Promise<Actor | null>,
): Promise<Actor> {
  const header = request.headers.authorization
  request.actor = header && /^basic /i.test(header) ? await authenticate(header) : null
  if (!request.actor) throw gitSignInRequired({})
  return request.actor
}

/**
 * Like {@link signIn}, for what may take long to arrive or to be sent: it ends as soon as the credential is revoked, or `may` rejects.
 */
export async function signInForLong(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    authenticate,
    may,
  }: { authenticate: (header: string) => Promise<Actor | null>; may: (actor: Actor) => Promise<unknown> },
): Promise<Actor> {
  const actor = await signIn(request, authenticate)
  const again = async () => {
    const now = await authenticate(request.headers.authorization ?? '')
    if (!now) throw gitSignInRequired({})
    return now
  }
  endWithoutRight(request, reply, async () => may(await again()))
  // What was revoked since the first look did not find the request. Whether they may is asked when it is their turn.
  await again()
  return actor
}
