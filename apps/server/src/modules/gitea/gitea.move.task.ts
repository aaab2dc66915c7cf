import { z } from 'zod'
import {
  codeHostKind,
  existingRepository,
  type CodeHostKind,
  type ExistingRepository,
} from '@vitrine/contract'
import { admit, requireReach } from '../../lib/require-access.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type LocalisedText, type Words } from '../../lib/words.ts'
import { requireOwner } from '../algorithms/algorithms.deps.ts'
import { algorithmNotFound } from '../algorithms/algorithms.errors.ts'
import { browseAlgorithm } from '../algorithms/algorithms.usecases.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { taskCancelled } from '../tasks/tasks.errors.ts'
import { moveIncomplete } from './gitea.errors.ts'
import { moveToGitea, moveToPlatform, type MoveToGiteaDeps, type MoveToPlatformDeps } from './gitea.move.ts'
import type { GiteaRepositoryDeps } from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

const moveInput = z.object({
  to: codeHostKind,
  algorithm_ids: z.array(z.string()),
  existing: existingRepository,
  /** Who had each of the algorithms when the move was asked for. Without one that was not there then. */
  owners: z.record(z.string(), z.string()),
})
/**
 * What is stored while it goes on: the algorithm that is being moved, the address of the repository that was created for it, and the
 * algorithms that could not be moved.
 */
const moved = z.object({
  moving: z.string().nullable(),
  created: z.string().nullable(),
  moved: z.number().int(),
  failed: z.array(z.string()),
})

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)

/** What goes there: first the files of Git LFS, then the code. */
type Sent = { bytes: number; of: number; what: 'files' | 'code' }

/** How far a move is. Pure. */
const progress = (id: string, { at, of, sent }: { at: number; of: number; sent?: Sent }): LocalisedText => {
  const place = of > 1 ? `${at + 1}/${of} · ${id}` : id
  if (!sent) return { zh: place, en: place }
  const amount = `${mebibytes(sent.bytes)} / ${mebibytes(sent.of)} MB`
  return sent.what === 'files'
    ? {
        zh: `${place}：Git LFS 的文件已发送 ${amount}`,
        en: `${place}: ${amount} of the files of Git LFS sent`,
      }
    : { zh: `${place}：已推送 ${amount}`, en: `${place}: ${amount} pushed` }
}

/**
 * Begins to move the code of algorithms: of these, or of all that are not there yet. Throws `gitea.not_configured`,
 * `auth.service_not_allowed` for a key that does not reach them, and what {@link admit} throws without `algorithms.write`: a move changes
 * them, and may write to a repository that is there. Throws `algorithm.not_owner`: a custom role that may change settings moves only its
 * own code.
 */
export async function beginMove(
  deps: GiteaRepositoryDeps & { runner: Pick<TaskRunner, 'start'> },
  {
    actor,
    to,
    ids,
    existing = 'refuse',
  }: { actor: Actor; to: CodeHostKind; ids: readonly string[] | undefined; existing?: ExistingRepository },
): Promise<TaskRecord> {
  const wanted = ids ?? (await deps.places.keptElsewhere(to))
  requireReach(actor, wanted)
  const owners: Record<string, string> = {}
  for (const id of wanted) {
    admit(actor, { access: 'algorithms.write', about: 'algorithm' }, id)
    // An algorithm that does not exist does not stop the others. The task names it at its end.
    const found = await browseAlgorithm(deps.algorithms, id)
    if (!found) continue
    requireOwner(actor, found.row)
    owners[id] = found.row.ownerId
  }
  await requireGitea(deps)
  return deps.runner.start({
    kind: 'code.move',
    serviceId: null,
    input: { to, algorithm_ids: [...new Set(wanted)], existing, owners },
    createdBy: actor,
  })
}

type Moving = Pick<TaskContext<z.output<typeof moveInput>>, 'input' | 'task' | 'remember' | 'signal'>
type MoveDeps = MoveToPlatformDeps & MoveToGiteaDeps & { onError: (error: unknown) => void }
type Report = (message: LocalisedText) => Promise<void>

/** Moves the code of one algorithm. `created` is what an earlier control plane has created for it. */
async function moveOne(
  deps: MoveDeps,
  {
    id,
    input,
    created,
    at,
    of,
    signal,
  }: Pick<Moving, 'input' | 'signal'> & { id: string; created: string | null; at: number; of: number },
  { report, onCreated }: { report: Report; onCreated: (url: string) => Promise<void> },
): Promise<void> {
  const { to, existing, owners } = input
  await report(progress(id, { at, of }))
  // Whether the person who began this may do it was asked then, of the algorithms that were there; the person may have been deleted since.
  const ownedBy = owners[id]
  if (ownedBy === undefined) throw algorithmNotFound({ algorithm_id: id })
  if (to === 'builtin') return moveToPlatform(deps, { id, ownedBy, signal, report })
  const telling = (what: Sent['what']) => (sent: { bytes: number; of: number }) =>
    void report(progress(id, { at, of, sent: { ...sent, what } })).catch(deps.onError)
  const followed = { onSent: telling('code'), onFilesSent: telling('files'), signal }
  const named = { actor: platformActor, id, ownedBy, existing }
  await moveToGitea(deps, { ...named, begun: created, onCreated, ...followed })
}

/** The end of a cancelled move that could not delete the repository which it had created: nobody else would say that it is there. */
const cancelledLeaving = (error: AppError): AppError => taskCancelled({ ...wordsOfError(error) })

/**
 * Moves the code of algorithms one after the other. What an earlier control plane has moved counts, and what it could not move is tried
 * again.
 */
async function moveEach(
  deps: MoveDeps,
  { input, task, remember, signal }: Moving,
  report: Report,
): Promise<number> {
  const { to, algorithm_ids: ids } = input
  const before = moved.safeParse(task.result).data
  const left = new Set(before?.failed)
  const failures: { id: string; message: Words }[] = []
  let count = before?.moved ?? 0
  for (const [at, id] of ids.entries()) {
    signal.throwIfAborted()
    left.delete(id)
    const place = await deps.places.get(id)
    if (place?.provider === to) {
      // It was moved, and the platform ended before that was stored.
      if (before?.moving === id) count += 1
      continue
    }
    const soFar = { moving: id, moved: count, failed: [...failures.map((one) => one.id), ...left] }
    const created = before?.moving === id ? before.created : null
    const onCreated = (url: string) => remember({ ...soFar, created: url })
    await remember({ ...soFar, created })
    try {
      await moveOne(deps, { id, input, created, at, of: ids.length, signal }, { report, onCreated })
      count += 1
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      if (signal.aborted && error.code === 'gitea.repository_left') throw cancelledLeaving(error)
      failures.push({ id, message: wordsOfError(error) })
    }
  }
  const [first] = failures
  if (first) throw moveIncomplete({ moved: count, ids: failures.map(({ id }) => id), ...first.message })
  return count
}

/**
 * The kind of task that moves code between the platform and Gitea, one algorithm after the other. An algorithm that cannot be
 * moved does not stop the others. After a restart the task continues: what was moved is not moved again.
 */
export const moveTask = (deps: MoveDeps): TaskKind<typeof moveInput, 'code.move'> => ({
  kind: 'code.move',
  atOnce: 1,
  input: moveInput,
  run: async (context) => {
    const count = await context.step('move', async (report) => {
      const value = await moveEach(deps, context, report)
      const message = { zh: `已移动 ${value} 个算法的代码`, en: `the code of ${value} algorithms was moved` }
      return { message, value }
    })
    return { moving: null, created: null, moved: count, failed: [] }
  },
})
