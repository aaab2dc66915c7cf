import { platformActor, type Actor } from '../../lib/actor.ts'
import { permitsAt } from '../../lib/policy.ts'
import { authorNow, type AuthorDeps } from '../service-grants/author-now.ts'
import { authorGone, keyGone } from './pipelines.errors.ts'
import type { StoredPushRule } from './push-rules.repository.ts'

/**
 * In whose name pushes are deployed: the person who saved the rule, with the role that they have now; or the API key with which they
 * did, with what it may do now. Throws `pipeline.author_gone` if they are gone or may no longer deploy, and `pipeline.key_gone` for a
 * key that was revoked, has expired or may not deploy.
 */
export async function authorOf(deps: AuthorDeps, rule: StoredPushRule): Promise<Actor> {
  const { authorId: id, authorName: name, authorServices: serviceIds, authorKeyId: keyId } = rule
  const author = await authorNow(deps, { id, keyId, serviceIds })
  if (author === platformActor) return author
  if (keyId !== null && !author?.permissions.has('services.deploy')) throw keyGone({ name })
  if (!author || !permitsAt(author, 'services.deploy', rule.serviceId)) throw authorGone({ name })
  return author
}
