import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { Database } from '../../adapters/database/database.ts'
import type { inTurn } from '../../lib/in-turn.ts'
import { notPermitted } from '../../http/http.errors.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Clock } from '../../lib/clock.ts'
import type { UploadSettings } from '../sources/receive-upload.ts'
import { algorithmNotFound, algorithmNotOwned } from './algorithms.errors.ts'
import { findAlgorithm, type AlgorithmRow, type AlgorithmWithLatest } from './algorithms.repository.ts'

/** What the use cases of algorithms work with. */
export type AlgorithmsDeps = {
  db: Database
  codeHost: CodeHost
  clock: Clock
  uploads: UploadSettings
  /** One queue for all that changes an algorithm, by its id. */
  turns: Pick<ReturnType<typeof inTurn>, 'run'>
  /** The id of a service that runs this algorithm, or null. */
  isInUse: (algorithmId: string) => Promise<string | null>
}

/** The algorithm, or `algorithm.not_found`. */
export async function requireAlgorithm(
  deps: Pick<AlgorithmsDeps, 'db'>,
  id: string,
): Promise<AlgorithmWithLatest> {
  const found = await findAlgorithm(deps.db, id)
  if (!found) throw algorithmNotFound({ algorithm_id: id })
  return found
}

/** An API key that is limited to services reaches the algorithms of the same ids alone. */
const reaches = (actor: Actor, id: string) => actor.serviceIds === null || actor.serviceIds.includes(id)

/** Whether somebody may change an algorithm: its owner, and every administrator. */
export const mayChange = (actor: Actor, row: Pick<AlgorithmRow, 'id' | 'ownerId'>): boolean =>
  reaches(actor, row.id) && (actor.role === 'admin' || (actor.role === 'user' && actor.id === row.ownerId))

/** Throws `auth.not_permitted` for a limited key that would make an algorithm out of its reach. */
export function requireReach(actor: Actor, id: string): void {
  if (!reaches(actor, id)) throw notPermitted({ permission: 'algorithms.write' })
}

/** Throws `algorithm.not_owner` (403: everybody who may read algorithms sees that it exists). */
export function requireOwner(actor: Actor, row: AlgorithmRow): void {
  if (!mayChange(actor, row)) throw algorithmNotOwned({ algorithm_id: row.id, owner: row.ownerName })
}
