import { AppError } from '../../lib/errors.ts'
import { mayGiveFiles } from '../../lib/policy.ts'
import { browseAlgorithm, getVersion } from '../algorithms/algorithms.usecases.ts'
import { modelsNamedBy, type ModelGrants } from '../models/model-grants.ts'
import type { Actor } from '../../lib/actor.ts'

/** A push of somebody to an algorithm, to any branches. `commits`: the new commits of the branches. */
export type ReceivedPush = { algorithmId: string; actor: Actor; commits: readonly string[] }

type Deps = { algorithms: Parameters<typeof getVersion>[0]; modelGrants: Pick<ModelGrants, 'give'> }

/** Commits of one push whose packages are looked at for model files. */
const mostBranches = 5

/**
 * Gives an algorithm the model files that some commits name, if they belong to the actor: who has pushed them to other branches, which
 * makes no version and is deployed by nobody; or who approves a pipeline, or runs it again. A commit that is no package names none.
 */
export async function giveModelsOf(
  { algorithms, modelGrants }: Deps,
  { algorithmId, actor, commits }: ReceivedPush,
): Promise<void> {
  const ownerId = (await browseAlgorithm(algorithms, algorithmId))?.row.ownerId
  if (ownerId === undefined || !mayGiveFiles(actor, ownerId)) return
  for (const ref of commits.slice(0, mostBranches))
    try {
      const { manifest } = await getVersion(algorithms, { algorithmId, ref })
      await modelGrants.give(actor, { algorithmId, ownerId }, modelsNamedBy(manifest))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
}
