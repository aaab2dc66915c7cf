import type { FastifyInstance } from 'fastify'
import { actorOf, addRoute, readerOf } from '../../../http/route.ts'
import { changedAnswer } from '../changes/changed-answer.ts'
import { discardDraft, publishDraft, readDraft, saveDraft, type ConfigDraftsDeps } from './drafts.usecases.ts'

/** Adds the routes of drafts of the configuration. */
export function addConfigDraftRoutes(app: FastifyInstance, deps: ConfigDraftsDeps): void {
  addRoute(app, 'GET /config/draft', ({ query }, { request }) =>
    readDraft(deps, { actor: actorOf(request), named: query }),
  )
  addRoute(app, 'POST /config/draft', async ({ body: { changes, ...named } }, { request }) => ({
    drafted: await saveDraft(deps, { ...readerOf(request), named, changes }),
  }))
  addRoute(app, 'DELETE /config/draft', async ({ query: { key, ...named } }, { request }) => ({
    discarded: await discardDraft(deps, { actor: actorOf(request), named, key }),
  }))
  addRoute(app, 'POST /config/draft/publish', async ({ body }, { request }) => {
    const { ids, over, reason = '', apply, canary, ...named } = body
    const input = { ...readerOf(request), named, ids, over, reason, apply, canary }
    return changedAnswer(request, await publishDraft(deps, input))
  })
}
