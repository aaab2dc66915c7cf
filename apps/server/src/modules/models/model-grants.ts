import type { ManifestModel } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayGiveFiles } from '../../lib/policy.ts'
import type { ModelRecipient, ModelsRepository, StoredModel } from './models.repository.ts'

/** Which model files an algorithm may use. */
export type ModelGrants = {
  /**
   * Gives an algorithm the model files that a version of it names, if the actor may give them: the owner of the files may, by
   * sending or deploying the version. For others, such as a key that is limited to the algorithm, nothing happens. The files
   * may come later.
   */
  give: (actor: Actor, to: ModelRecipient, digests: readonly string[]) => Promise<void>
  /** The files among these that exist and that the algorithm may use, or that the actor may give it. */
  usable: (actor: Actor | null, to: ModelRecipient, digests: readonly string[]) => Promise<StoredModel[]>
  /** Forgets what an algorithm may use that is gone. */
  takeBack: (algorithmId: string) => Promise<void>
}

type Rows = Pick<ModelsRepository, 'owned' | 'give' | 'given' | 'takeBack'>

/**
 * To know a digest is not enough to read a file, also not for whoever may push code to an algorithm of its owner. So an algorithm uses
 * a file only if its owner has given it, or if somebody has sent its bytes for this algorithm.
 */
export const createModelGrants = (models: Rows): ModelGrants => ({
  async give(actor, to, digests) {
    if (mayGiveFiles(actor, to.ownerId)) await models.give(to, digests)
  },
  async usable(actor, to, digests) {
    const owned = await models.owned(to.ownerId, digests)
    if (actor !== null && mayGiveFiles(actor, to.ownerId)) return owned
    const given = await models.given(
      to,
      owned.map(({ sha256 }) => sha256),
    )
    return owned.filter(({ sha256 }) => given.has(sha256))
  },
  takeBack: (algorithmId) => models.takeBack(algorithmId),
})

/** The digests of the model files that a manifest names. Pure. */
export const modelsNamedBy = ({ models = [] }: { models?: readonly ManifestModel[] | undefined }): string[] =>
  models.map(({ sha256 }) => sha256)
