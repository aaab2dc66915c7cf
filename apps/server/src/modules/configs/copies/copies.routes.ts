import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, readerOf } from '../../../http/route.ts'
import { changedAnswer } from '../changes/changed-answer.ts'
import type { ChangeConfigsDeps } from '../configs.deps.ts'
import { copyConfigs, previewCopy } from './copies.usecases.ts'

/** Adds the routes that copy the configuration of one service to others. */
export function addConfigCopyRoutes(app: FastifyInstance, deps: ChangeConfigsDeps): void {
  addRoute(app, 'GET /config/copy', ({ query: { from, to = [] } }, { request }) =>
    previewCopy(deps, { actor: actorOf(request), from, to }),
  )
  addRoute(app, 'POST /config/copy', async ({ body }, { request }) => {
    const { as_of: asOf, reason = '', ...copy } = body
    const copied = await copyConfigs(deps, { ...readerOf(request), ...copy, asOf, reason })
    const { message, revision, golden_examples } = changedAnswer(request, copied)
    return { message, revision, tasks: [...copied.tasks], golden_examples }
  })
}
