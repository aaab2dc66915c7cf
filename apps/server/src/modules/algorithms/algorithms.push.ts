import { admit } from '../../http/guard.ts'
import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import type { GitHttpDeps } from '../sources/git-http.routes.ts'
import { requireAlgorithm, requireOwner, type AlgorithmsDeps } from './algorithms.deps.ts'
import { registerCommit } from './algorithms.store.ts'

/**
 * What the git host needs to know from algorithms. Reading needs `algorithms.read`; pushing needs
 * `algorithms.write` and ownership. A pushed commit that is not recognised or has problems is kept, but does
 * not become a version, and git tells the person why.
 */
export function gitAccess(
  deps: AlgorithmsDeps & { onError: (error: unknown) => void },
): Pick<GitHttpDeps, 'authorise' | 'takeRoom' | 'onPushed'> {
  return {
    async authorise(actor: Actor, algorithmId: string, wish: 'read' | 'write') {
      const access = wish === 'read' ? 'algorithms.read' : 'algorithms.write'
      admit(actor, { access, about: 'algorithm' }, algorithmId)
      const { row } = await requireAlgorithm(deps, algorithmId)
      if (wish === 'write') requireOwner(actor, row)
    },
    async takeRoom(actor, algorithmId, most) {
      const { row } = await requireAlgorithm(deps, algorithmId)
      return deps.codeRoom.enter(actor, row, most)
    },
    async onPushed(push) {
      const zh = push.language === 'zh'
      try {
        const version = await registerCommit(deps, push)
        return zh ? `已成为版本 ${version.number}` : `This is now version ${version.number}`
      } catch (error) {
        if (!(error instanceof AppError)) deps.onError(error)
        const unknown = zh ? '平台内部出错' : 'something went wrong inside the platform'
        const reason = error instanceof AppError ? error.messageIn(push.language) : unknown
        return zh
          ? `代码已收下，但没有成为新版本：${reason}`
          : `The code is kept, but is no new version: ${reason}`
      }
    },
  }
}
