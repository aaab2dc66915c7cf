import { z } from 'zod'
import { codeHostKind, type CodeHostKind } from '@vitrine/contract'
import { requireReach } from '../../http/guard.ts'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type LocalisedText, type Words } from '../../lib/words.ts'
import { requireOwner } from '../algorithms/algorithms.deps.ts'
import { findAlgorithm } from '../algorithms/algorithms.repository.ts'
import type { TaskKind } from '../tasks/task-kind.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { moveIncomplete } from './gitea.errors.ts'
import { moveToGitea, moveToPlatform } from './gitea.move.ts'
import type { GiteaRepositoryDeps } from './gitea.repositories.ts'
import { requireGitea } from './gitea.usecases.ts'

const moveInput = z.object({ to: codeHostKind, algorithm_ids: z.array(z.string()) })
/** What is stored while it goes on: the algorithm that is being moved, and those that could not be. */
const moved = z.object({
  moving: z.string().nullable(),
  moved: z.number().int(),
  failed: z.array(z.string()),
})

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)

/** How far a move is. Pure. */
const progress = (
  id: string,
  { at, of, sent }: { at: number; of: number; sent?: { bytes: number; of: number } },
): LocalisedText => {
  const place = of > 1 ? `${at + 1}/${of} · ${id}` : id
  if (!sent) return { zh: place, en: place }
  const amount = `${mebibytes(sent.bytes)} / ${mebibytes(sent.of)} MB`
  return { zh: `${place}：已推送 ${amount}`, en: `${place}: ${amount} pushed` }
}

/**
 * Begins to move the code of algorithms: of these, or of all that are not there yet. Throws `gitea.not_configured`,
 * `auth.service_not_allowed` for a key that does not reach them, and `algorithm.not_owner`: a custom role that may change settings moves
 * only its own code.
 */
export async function beginMove(
  deps: GiteaRepositoryDeps & { runner: Pick<TaskRunner, 'start'> },
  { actor, to, ids }: { actor: Actor; to: CodeHostKind; ids: readonly string[] | undefined },
): Promise<TaskRecord> {
  const wanted = ids ?? (await deps.places.keptElsewhere(to))
  requireReach(actor, wanted)
  for (const id of wanted) {
    // One that is not there is named by the task, and does not keep the others.
    const found = await findAlgorithm(deps.algorithms.db, id)
    if (found) requireOwner(actor, found.row)
  }
  await requireGitea(deps)
  return deps.runner.start({
    kind: 'code.move',
    serviceId: null,
    input: { to, algorithm_ids: [...new Set(wanted)] },
    createdBy: actor,
  })
}

/**
 * The kind of task that moves code between the platform and Gitea, one algorithm after the other. One that cannot be moved does not keep
 * the others. After a restart it goes on where it was: what is there already is not moved again.
 */
export const moveTask = (
  deps: GiteaRepositoryDeps & { onError: (error: unknown) => void },
): TaskKind<typeof moveInput, 'code.move'> => ({
  kind: 'code.move',
  atOnce: 1,
  input: moveInput,
  run: async ({ input, task, step, remember, signal }) => {
    const { to, algorithm_ids: ids } = input
    const before = moved.safeParse(task.result).data
    const failures: { id: string; message: Words }[] = []
    let count = 0
    await step('move', async (report) => {
      for (const [at, id] of ids.entries()) {
        signal.throwIfAborted()
        const place = await deps.places.get(id)
        if (place?.provider === to) continue
        await remember({ moving: id, moved: count, failed: failures.map((one) => one.id) })
        await report(progress(id, { at, of: ids.length }))
        const onSent = (sent: { bytes: number; of: number }) =>
          void report(progress(id, { at, of: ids.length, sent })).catch(deps.onError)
        try {
          // Whoever began this was asked then whether they may, and may have gone since.
          const named = { actor: platformActor, id }
          if (to === 'builtin') await moveToPlatform(deps, named)
          else await moveToGitea(deps, { ...named, goesOn: before?.moving === id, onSent })
          count += 1
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          failures.push({ id, message: wordsOfError(error) })
        }
      }
      const [first] = failures
      if (first) throw moveIncomplete({ moved: count, ids: failures.map(({ id }) => id), ...first.message })
      const message = { zh: `已移动 ${count} 个算法的代码`, en: `the code of ${count} algorithms was moved` }
      return { message, value: null }
    })
    return { moving: null, moved: count, failed: [] }
  },
})
