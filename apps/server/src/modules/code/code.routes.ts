import type { FastifyInstance, FastifyReply } from 'fastify'
import type { CodeChange, CodeCommit } from '@vitrine/contract'
import type { ChangedFile, NamedRef } from '../../adapters/code-host/code-host.ts'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import { shownAlgorithm, shownVersion } from '../algorithms/algorithms.routes.ts'
import { archiveInTurn, readInTurn } from '../quotas/git-queues.ts'
import { editCode } from './code.edit.ts'
import {
  blameFile,
  browseHistory,
  compareRefs,
  listRefs,
  openCodeArchive,
  type NumberedCommit,
} from './code.usecases.ts'

const shownCommit = (one: NumberedCommit): CodeCommit => ({ ...one, at: one.at.toISOString() })
const shownRef = (one: NamedRef) => ({ ...one, at: one.at?.toISOString() ?? null })
const shownChange = ({ isBinary, ...one }: ChangedFile): CodeChange => ({ ...one, is_binary: isBinary })

const contentTypes = { zip: 'application/zip', 'tar.gz': 'application/gzip' } as const

/** Adds the history of code, and small changes of it. */
export function addCodeRoutes(app: FastifyInstance, deps: AlgorithmsDeps): void {
  const inTurn = <T>(reply: FastifyReply, work: () => Promise<T>) => readInTurn(deps.gitQueues, reply, work)
  addRoute(app, 'GET /algorithms/{id}/refs', async ({ params, query }, { reply }) => {
    const { followed, branches, tags, hasMore } = await inTurn(reply, () =>
      listRefs(deps, { id: params.id, q: query.q }),
    )
    return { followed, branches: branches.map(shownRef), tags: tags.map(shownRef), has_more: hasMore }
  })
  addRoute(app, 'GET /algorithms/{id}/commits', async ({ params, query }, { reply }) => {
    const { ref, path, page, page_size: pageSize } = query
    const found = await inTurn(reply, () => browseHistory(deps, { id: params.id, ref, path, page, pageSize }))
    return { commit: found.commit, items: found.items.map(shownCommit), has_more: found.hasMore }
  })
  addRoute(app, 'GET /algorithms/{id}/diff', async ({ params, query }, { reply }) => {
    const { from, to, path } = query
    const compared = await inTurn(reply, () => compareRefs(deps, { id: params.id, from, to, path }))
    return {
      from: compared.from && shownCommit(compared.from),
      to: shownCommit(compared.to),
      files: compared.files.map(shownChange),
      files_cut: compared.cut,
    }
  })
  addRoute(app, 'GET /algorithms/{id}/blame', async ({ params, query }, { reply }) => {
    const { lines, commits, hasMore } = await inTurn(reply, () =>
      blameFile(deps, { id: params.id, ...query }),
    )
    return { lines, commits: commits.map(shownCommit), has_more: hasMore }
  })
  addRoute(app, 'GET /algorithms/{id}/archive', async ({ params, query }, { reply }) => {
    const { name, content } = await archiveInTurn(deps.gitQueues, reply, () =>
      openCodeArchive(deps, { id: params.id, ...query }),
    )
    return reply
      .header('content-type', contentTypes[query.format])
      .header('content-disposition', `attachment; filename="${name}"`)
      .header('x-content-type-options', 'nosniff')
      .send(content)
  })
  addRoute(app, 'POST /algorithms/{id}/commits', async ({ params, body }, { request }) => {
    const { branch, message, base_commit: base, files } = body
    const who = { actor: actorOf(request), language: languageOf(request) }
    const changed = await editCode(deps, { id: params.id, ...who, branch, message, base, files })
    return {
      algorithm: shownAlgorithm(deps, request, changed.algorithm),
      version: shownVersion(request, changed.version),
      warnings: changed.warnings,
    }
  })
}
