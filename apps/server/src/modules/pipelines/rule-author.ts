import { permissionsOf } from '@vitrine/contract'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { permitsAt } from '../../lib/policy.ts'
import { authorGone, keyGone } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPushRule } from './push-rules.repository.ts'

/**
 * In whose name pushes are deployed: the person who saved the rule, with the role that they have now; or the API key with which they
 * did, with what it may do now. Throws `pipeline.author_gone` if they are gone or may no longer deploy, and `pipeline.key_gone` for a
 * key that was revoked, has expired or may not deploy.
 */
export async function authorOf(
  deps: Pick<PipelinesDeps, 'users' | 'keys' | 'grantsOf'>,
  rule: StoredPushRule,
): Promise<Actor> {
  const { authorId: id, authorName: name, authorServices: serviceIds, authorKeyId } = rule
  if (id === platformActor.id) return platformActor
  const account = await deps.users.account(id)
  if (!account || account.disabled) throw authorGone({ name })
  if (authorKeyId !== null) {
    const key = await deps.keys.actorOf(authorKeyId)
    if (!key?.permissions.has('services.deploy')) throw keyGone({ name })
    return key
  }
  const person = { kind: 'user', id, name: account.username, role: account.role, serviceIds } as const
  const grants = serviceIds === null ? await deps.grantsOf(id) : []
  const author = { ...person, permissions: permissionsOf(account), grants }
  if (!permitsAt(author, 'services.deploy', rule.serviceId)) throw authorGone({ name })
  return author
}
