import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { keyedQueue } from '../../lib/keyed-queue.ts'
import type { Actor } from '../../lib/actor.ts'
import type { Bus } from '../../lib/bus.ts'
import type { Clock } from '../../lib/clock.ts'
import { mayChangeCode } from '../../lib/policy.ts'
import type { CodeQuota } from '../quotas/code-quota.ts'
import type { GitQueues } from '../quotas/git-queues.ts'
import type { QuotaTable } from '../quotas/quotas.ts'
import type { HostedFiles } from '../models/hosted-files.ts'
import type { Finding } from '../sources/finding.ts'
import type { UploadSettings } from '../sources/receive-upload.ts'
import { algorithmNotFound, algorithmNotOwned } from './algorithms.errors.ts'
import type { ModelFindingsDeps } from './model-findings.ts'
import type { Recogniser } from './recognition/recogniser.ts'
import type { AlgorithmRow, AlgorithmsRepository, AlgorithmWithLatest } from './algorithms.repository.ts'

/** A commit has become a version. `author` is who pushed or uploaded it. */
export type VersionMade = { algorithmId: string; commit: string; author: string }

/** Files that are about to become a version. */
export type UploadedFiles = {
  algorithmId: string
  ownerId: string
  actor: Actor
  /** The folder of the files, which belongs to the upload alone. */
  folder: string
  /** The commit over which they are laid; null if they take the place of all that the algorithm has. */
  base: string | null
}

/** What has become of such files. */
export type PreparedUpload = {
  /** The files of the folder that were changed or added. */
  written: readonly string[]
  findings: readonly Finding[]
  /** The files of Git LFS of the server that keeps the code; absent if the platform keeps it, or the server keeps none. */
  hosted?: HostedFiles
}

/** Sends files ahead that another server keeps beside the code, and puts pointers in their place. Nothing is done for code that is kept here. */
export type PrepareUpload = (upload: UploadedFiles) => Promise<PreparedUpload>

/** What the use cases of algorithms need. */
export type AlgorithmsDeps = ModelFindingsDeps & {
  algorithms: AlgorithmsRepository
  codeHost: CodeHost
  clock: Clock
  uploads: UploadSettings
  quotas: QuotaTable
  codeQuota: CodeQuota
  /** Turns of people for work with git. */
  gitQueues: GitQueues
  /** Checks code before it is stored. */
  recogniser: Recogniser
  /** Runs changes of one algorithm, and those of one owner's code, one after the other (`turns.ts`, which alone knows the keys). */
  queue: Pick<ReturnType<typeof keyedQueue>, 'run'>
  /** The id of a service that runs this algorithm, or null. */
  isInUse: (algorithmId: string) => Promise<string | null>
  /** Called in the turn of the algorithm, before its files are recognised and committed. */
  prepareUpload: PrepareUpload
  /** Gets each new version. */
  versions: Pick<Bus<VersionMade>, 'publish'>
}

/** Finds an algorithm. Throws `algorithm.not_found`. */
export async function requireAlgorithm(
  { algorithms }: { algorithms: Pick<AlgorithmsRepository, 'get'> },
  id: string,
): Promise<AlgorithmWithLatest> {
  const found = await algorithms.get(id)
  if (!found) throw algorithmNotFound({ algorithm_id: id })
  return found
}

/** Whether the actor may change an algorithm: its owner, every administrator, and who is granted to own its service. */
export const mayChange = (actor: Actor, row: Pick<AlgorithmRow, 'id' | 'ownerId'>): boolean =>
  mayChangeCode(actor, row)

/**
 * Throws `algorithm.not_owner`. The status is 403, not 404, because everybody who may read algorithms sees
 * that it exists.
 */
export function requireOwner(actor: Actor, row: AlgorithmRow): void {
  if (!mayChange(actor, row)) throw algorithmNotOwned({ algorithm_id: row.id, owner: row.ownerName })
}
