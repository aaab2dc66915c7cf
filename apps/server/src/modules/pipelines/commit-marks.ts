import type { CommitStatus } from '../../adapters/gitea/gitea.client.ts'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { nameInGitea } from '../gitea/gitea.repositories.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import { folderUnchanged, openWords, reasonOf } from './stored-reason.ts'

/** Gitea keeps no longer description. In characters. */
const longestDescription = 200
/** How many missing marks are sent at once. The others are sent an hour later. */
const mostMissing = 200

const anyState = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'cancelled',
  'superseded',
  'skipped',
] as const

/** The words for a pipeline that waits for approval. */
export const waitsForApproval: Words = { zh: '等待批准', en: 'waits for approval' }
const cancelled: Words = { zh: '已取消', en: 'cancelled' }

type Mark = { state: CommitStatus['state']; words: Words }

/** What a commit is marked with for a pipeline. Null while it has not begun, and for one that never does. Pure. */
function markOf({ state, release, reason }: StoredPipeline): Mark | null {
  if (state === 'running') return { state: 'pending', words: { zh: '正在部署', en: 'being deployed' } }
  if (state === 'waiting') return { state: 'pending', words: waitsForApproval }
  // The mark in Gitea said that it is being deployed, before its folder was compared.
  if (state === 'skipped' && reason?.code === folderUnchanged)
    return { state: 'success', words: openWords(reason) }
  if (state === 'queued' || state === 'skipped') return null
  if (state !== 'succeeded') return { state: 'failure', words: reason ? openWords(reason) : cancelled }
  return {
    state: 'success',
    words: { zh: `已部署为版本 #${release}`, en: `deployed as release #${release}` },
  }
}

async function send(
  deps: PipelinesDeps,
  { id, serviceId, algorithmId, commit }: StoredPipeline,
  { state, words }: Mark,
): Promise<void> {
  const place = await deps.places.get(algorithmId)
  const fullName = place && nameInGitea(place)
  if (!fullName) return
  // Stored before it is sent: what may be marked as pending is marked again when the end is known.
  if (state === 'pending') await deps.pipelines.change(id, anyState, { told: state })
  try {
    const { client } = await requireGitea(deps.gitea)
    await client.setStatus(fullName, commit, {
      state,
      description: `${words.zh} · ${words.en}`.slice(0, longestDescription),
      url: `${deps.publicUrl}/pipelines/${id}`,
      context: `vitrine/${serviceId}`,
    })
    await deps.pipelines.change(id, anyState, { told: state, reportProblem: null })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    await deps.pipelines.change(id, anyState, { reportProblem: reasonOf(error) })
  }
}

/** The turn in which the marks of a pipeline are sent, one after the other. */
export const turnOfMarks = (id: string): string => `mark ${id}`

/**
 * Marks the commit in Gitea with the stored state of a pipeline and a link to its page, beside the work. The marks of one
 * pipeline arrive in their order. A failure is shown with the pipeline, and has no other effect.
 */
export function markCommit(deps: PipelinesDeps, pipeline: StoredPipeline): void {
  const mark = markOf(pipeline)
  if (mark) deps.queue.run(turnOfMarks(pipeline.id), () => send(deps, pipeline, mark)).catch(deps.onError)
}

/**
 * Sends the ends that Gitea did not get, because the control plane ended before or Gitea could not be reached. Otherwise their
 * commits would be marked as pending for ever.
 */
export async function sendMissingMarks(deps: PipelinesDeps): Promise<void> {
  for (const { id } of await deps.pipelines.endedWithoutMark(mostMissing))
    await deps.queue.run(turnOfMarks(id), async () => {
      // It may have been sent while it waited for its turn.
      const now = await deps.pipelines.get(id)
      const mark = now && now.told === 'pending' ? markOf(now) : null
      if (now && mark) await send(deps, now, mark)
    })
}
