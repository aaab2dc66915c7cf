import { newSlug, visibleText } from '@vitrine/contract'
import { admit } from '../../http/guard.ts'
import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import {
  algorithmModelsNotOwned,
  algorithmNotFound,
  codeElsewhere,
  codeOfOthersToo,
} from './algorithms.errors.ts'
import { findAlgorithm, noteRefusedPush } from './algorithms.repository.ts'
import type { LfsDeps } from '../models/lfs.routes.ts'
import type { GitHttpDeps } from '../sources/git-http.deps.ts'
import { mayChange, requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import { requireRoomForAlgorithm } from './algorithms.store.ts'
import { modelFindings } from './model-findings.ts'
import { registerPush } from './register-commit.ts'
import { registerFirstPush } from './register-repository.ts'

/** More missing model files are not named after a push: what git prints is one packet of 64 KiB. */
const toldAtMost = 3

type PushDeps = AlgorithmsDeps & { onError: (error: unknown) => void }

/** Longest message of a commit that is kept with a refusal, in characters. */
const longestMessage = 200

const unknownReason: Words = {
  zh: '平台内部出错',
  en: 'something went wrong inside the platform',
}

/**
 * Makes a pushed commit a version, and says so in the language of the person, or why it is none. With `incoming` it is the first of an
 * algorithm that is not there yet.
 */
async function remarkOn(deps: PushDeps, push: Parameters<GitHttpDeps['onPushed']>[0]): Promise<string> {
  const { incoming } = push
  const zh = push.language === 'zh'
  const pushedAt = deps.clock().toISOString()
  try {
    const version = await (incoming
      ? registerFirstPush(deps, { ...push, incoming })
      : registerPush(deps, push))
    const { row } = await requireAlgorithm(deps, push.algorithmId)
    // Only what is missing is told, not how to mend it: so the files of the package do not matter.
    const to = { actor: push.actor, algorithmId: row.id, ownerId: row.ownerId }
    const missing = await modelFindings(deps, to, { manifest: version.manifest, files: [] })
    const about = missing
      .slice(0, toldAtMost)
      .map(({ text }) => `${zh ? '；' : '. '}${text[push.language]}`)
      .join('')
    return `${zh ? `已成为代码版本 v${version.number}` : `This is now code version v${version.number}`}${about}`
  } catch (error) {
    if (!(error instanceof AppError)) deps.onError(error)
    const reason = error instanceof AppError ? wordsOfError(error) : unknownReason
    if (incoming)
      return zh
        ? `没有创建算法，推送的内容没有保留：${reason.zh}`
        : `No algorithm was created, and what was pushed is not kept: ${reason.en}`
    const { algorithmId, commit, actor } = push
    const message = visibleText(push.message.slice(0, longestMessage))
    const refused = { commit, message, pushedBy: actor.name, pushedAt, reason }
    await noteRefusedPush(deps.db, algorithmId, refused).catch(deps.onError)
    return zh
      ? `代码已收下，但没有成为新版本：${reason.zh}`
      : `The code is kept, but is no new version: ${reason.en}`
  }
}

/**
 * Whether somebody may push to a name that no algorithm has. Nothing is made yet. Throws `algorithm.not_found` for a name that no algorithm
 * can have, `id.for_previews` and `quota.algorithms`.
 */
async function requireRoomForNew(deps: AlgorithmsDeps, actor: Actor, algorithmId: string): Promise<void> {
  if (!newSlug.safeParse(algorithmId).success) throw algorithmNotFound({ algorithm_id: algorithmId })
  await requireRoomForAlgorithm(deps, { actor, id: algorithmId })
}

/**
 * What the git host needs to know from algorithms. Reading needs `algorithms.read`; pushing needs
 * `algorithms.write` and ownership, or a name that no algorithm has: then it creates one. A pushed commit that is not recognised or has problems is kept, but does
 * not become a version. Git tells the person why, and the algorithm shows it to those who look at its page.
 */
export function gitAccess(
  deps: PushDeps,
): Pick<GitHttpDeps, 'authorise' | 'needRoom' | 'takeRoom' | 'incoming' | 'onPushed'> {
  /** Whose room a push takes: that of who creates a new algorithm. */
  const payerOf = async (actor: Actor, id: string) =>
    (await findAlgorithm(deps.db, id))?.row ?? { id, ownerId: actor.id }
  return {
    async authorise(actor: Actor, algorithmId: string, wish: 'read' | 'write') {
      const access = wish === 'read' ? 'algorithms.read' : 'algorithms.write'
      admit(actor, { access, about: 'algorithm' }, algorithmId)
      const isNew = wish === 'write' && (await findAlgorithm(deps.db, algorithmId)) === null
      if (isNew) {
        await requireRoomForNew(deps, actor, algorithmId)
        return 'new'
      }
      const { row, repository } = await requireAlgorithm(deps, algorithmId)
      // A clone has all of the repository, with the folders of other algorithms.
      if (actor.serviceIds !== null && repository !== null && repository.folder !== '')
        throw codeOfOthersToo({ algorithm_id: algorithmId, folder: repository.folder })
      if (wish === 'read') return 'known'
      requireOwner(actor, row)
      if (repository?.provider === 'gitea')
        throw codeElsewhere({ algorithm_id: algorithmId, url: repository.url })
      return 'known'
    },
    needRoom: async (actor, algorithmId) => deps.codeQuota.need(actor, await payerOf(actor, algorithmId)),
    takeRoom: async (actor, algorithmId, most) =>
      deps.codeQuota.enter(actor, await payerOf(actor, algorithmId), most),
    incoming: () => deps.codeHost.incoming(),
    async onPushed(push) {
      if (push.incoming) {
        const remark = await remarkOn(deps, push)
        // Only now it has a name, and nothing of it is left if it was not recognised.
        if (await findAlgorithm(deps.db, push.algorithmId))
          await deps.codeHost.pushed(push.algorithmId).catch(deps.onError)
        return remark
      }
      // Beside the work: no step of it reads the index of the history, so a deploy of the push does not wait for it.
      const indexing = deps.codeHost.pushed(push.algorithmId).catch(deps.onError)
      const remark = await remarkOn(deps, push)
      await indexing
      return remark
    },
  }
}

/**
 * Who may push and read the model files of an algorithm by Git LFS. Everybody who may read algorithms reads their code, but
 * model files are for their owner and administrators alone, and not for keys that are limited to some services. Those that are pushed
 * to a name that no algorithm has belong to who pushes.
 */
export function lfsAccess(deps: AlgorithmsDeps): Pick<LfsDeps, 'authorise' | 'heldIn'> {
  return {
    heldIn: (algorithmId, texts) => deps.codeHost.heldContents(algorithmId, texts),
    async authorise(actor, algorithmId, wish) {
      const access = wish === 'read' ? 'algorithms.read' : 'algorithms.write'
      admit(actor, { access, about: 'algorithm' }, algorithmId)
      // Git LFS sends the files before git sends the commits, which create the algorithm.
      if (wish === 'push' && (await findAlgorithm(deps.db, algorithmId)) === null) {
        await requireRoomForNew(deps, actor, algorithmId)
        return { id: actor.id, name: actor.name }
      }
      const { row } = await requireAlgorithm(deps, algorithmId)
      if (wish === 'push') requireOwner(actor, row)
      else if (actor.serviceIds !== null || !mayChange(actor, row))
        throw algorithmModelsNotOwned({ algorithm_id: row.id, owner: row.ownerName })
      return { id: row.ownerId, name: row.ownerName }
    },
  }
}
