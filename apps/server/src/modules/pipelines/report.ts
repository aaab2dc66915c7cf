import type { CommitStatus } from '../../adapters/gitea/gitea.client.ts'
import { AppError } from '../../lib/errors.ts'
import type { Words } from '../../lib/words.ts'
import { nameInGitea } from '../gitea/gitea.repositories.ts'
import { requireGitea } from '../gitea/gitea.usecases.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'
import { reasonOf } from './stored-reason.ts'

/** Gitea keeps no longer description. In characters. */
const longestDescription = 200

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

async function send(
  deps: PipelinesDeps,
  { id, serviceId, algorithmId, commit }: StoredPipeline,
  status: Pick<CommitStatus, 'state' | 'description'>,
): Promise<void> {
  const place = await deps.gitea.places.get(algorithmId)
  const fullName = place && nameInGitea(place)
  if (!fullName) return
  try {
    const { client } = await requireGitea(deps.gitea)
    await client.setStatus(fullName, commit, {
      state: status.state,
      description: status.description.slice(0, longestDescription),
      url: `${deps.publicUrl}/pipelines/${id}`,
      context: `vitrine/${serviceId}`,
    })
    await deps.pipelines.change(id, anyState, { reportProblem: null })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    await deps.pipelines.change(id, anyState, { reportProblem: reasonOf(error) })
  }
}

/**
 * Tells Gitea how a pipeline stands, beside the work: the commit is marked with it, with a link to the page. What is told of one pipeline
 * arrives in its order. A failure is shown with the pipeline, and has no other effect.
 */
export function report(
  deps: PipelinesDeps,
  pipeline: StoredPipeline,
  { state, words }: { state: CommitStatus['state']; words: Words },
): void {
  const status = { state, description: `${words.zh} · ${words.en}` }
  deps.turns.run(`report ${pipeline.id}`, () => send(deps, pipeline, status)).catch(deps.onError)
}

/** Tells Gitea that a pipeline was cancelled after it had begun. */
export const reportCancelled = (deps: PipelinesDeps, pipeline: StoredPipeline): void =>
  report(deps, pipeline, { state: 'failure', words: { zh: '已取消', en: 'cancelled' } })
