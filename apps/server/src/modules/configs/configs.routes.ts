import type { FastifyInstance } from 'fastify'
import { KeptAnswer, type KeptAnswers } from '../../http/kept-answer.ts'
import { actorOf, addRoute, readerOf } from '../../http/route.ts'
import { changeConfigs } from './changes/change-configs.ts'
import { changedAnswer, setAnswer } from './changes/changed-answer.ts'
import { addConfigCopyRoutes } from './copies/copies.routes.ts'
import { addConfigDraftRoutes } from './drafts/drafts.routes.ts'
import type { ConfigDraftsDeps } from './drafts/drafts.usecases.ts'
import { compareRevisions } from './changes/compare-revisions.ts'
import { rollbackConfigs } from './changes/roll-back.ts'
import { exportConfigs, importConfigs, type ImportConfigsDeps } from './export/export.usecases.ts'
import type { ChangeConfigsDeps } from './configs.deps.ts'
import { applyNewest, getConfig, listConfigs, listRevisions } from './configs.usecases.ts'
import type { ProcessSetting } from './effective/process-settings.ts'
import { readEffective, readOfService } from './read-effective.ts'

/** What the routes of the configuration need, except for the settings that they show. */
export type ConfigRoutesDeps = ConfigDraftsDeps & ImportConfigsDeps

function addReadingRoutes(
  app: FastifyInstance,
  deps: ChangeConfigsDeps & { settings: readonly ProcessSetting[] },
): void {
  addRoute(app, 'GET /config', ({ query }, { request }) =>
    listConfigs(deps, { actor: actorOf(request), named: query, query }),
  )
  /** The values of the platform as they were last read, by language. */
  const answers: KeptAnswers = new Map()
  addRoute(app, 'GET /config/effective', async ({ query }, { request }) => {
    const reader = readerOf(request)
    const found = await readEffective(deps, { ...reader, named: query })
    if (!('version' in found)) return found
    return new KeptAnswer(answers, { name: reader.language, version: found.version, make: found.read })
  })
  addRoute(app, 'GET /config/service/{id}', async ({ params: { id } }, { request }) => {
    const all = await readOfService(deps, { ...readerOf(request), id })
    const set = all.filter((item) => item.is_set && item.type === 'service')
    return {
      service_id: id,
      configs: set.map(({ key, value, type, description, source, secret }) => {
        return { key, value, type, description, source, secret }
      }),
    }
  })
  addRoute(app, 'GET /config/revisions', ({ query }, { request }) =>
    listRevisions(deps, { actor: actorOf(request), named: query, query }),
  )
  addRoute(app, 'GET /config/compare', ({ query: { from, to, ...named } }, { request }) =>
    compareRevisions(deps, { actor: actorOf(request), named, from, to }),
  )
  addRoute(app, 'GET /config/export', async ({ query }, { request }) => ({
    yaml: await exportConfigs(deps, { actor: actorOf(request), named: query }),
  }))
  addRoute(app, 'GET /config/{key}', ({ params, query }, { request }) =>
    getConfig(deps, { actor: actorOf(request), named: query, key: params.key }),
  )
  addRoute(app, 'GET /config/{key}/history', ({ params, query }, { request }) =>
    listRevisions(deps, { actor: actorOf(request), named: query, query, key: params.key }),
  )
}

function addChangingRoutes(app: FastifyInstance, deps: ChangeConfigsDeps): void {
  addRoute(app, 'POST /config', async ({ body }, { request }) => {
    const { reason = '', ...asked } = body
    return changedAnswer(request, await changeConfigs(deps, { ...readerOf(request), ...asked, reason }))
  })
  addRoute(app, 'POST /config/{key}', async ({ params, body }, { request }) => {
    const { reason = '', apply, canary, ...change } = body
    const changes = [{ ...change, key: params.key }]
    const input = { ...readerOf(request), changes, reason, apply, canary, place: () => 'value' }
    return setAnswer(request, await changeConfigs(deps, input))
  })
  addRoute(app, 'DELETE /config/{key}', async ({ params, query }, { request }) => {
    const { reason = '', apply, canary, ...named } = query
    const changes = [{ ...named, key: params.key, unset: true as const }]
    return changedAnswer(
      request,
      await changeConfigs(deps, { ...readerOf(request), changes, reason, apply, canary }),
    )
  })
}

function addReturningRoutes(app: FastifyInstance, deps: ImportConfigsDeps): void {
  addRoute(app, 'POST /config/rollback', async ({ body }, { request }) => {
    const { revision, reason = '', apply, canary, ...named } = body
    const input = { ...readerOf(request), named, revision, reason, apply, canary }
    return changedAnswer(request, await rollbackConfigs(deps, input))
  })
  addRoute(app, 'POST /config/{key}/rollback', async ({ params: { key }, body }, { request }) => {
    const { revision, reason = '', apply, canary, ...named } = body
    const input = { ...readerOf(request), named, revision, key, reason, apply, canary }
    return changedAnswer(request, await rollbackConfigs(deps, input))
  })
  addRoute(app, 'POST /config/apply', async ({ body }, { request }) =>
    changedAnswer(request, await applyNewest(deps, { actor: actorOf(request), id: body.service_id })),
  )
  addRoute(app, 'POST /config/import', async ({ body }, { request }) => {
    const { yaml, dry_run: dryRun, reason = '', apply, canary, ...named } = body
    const input = { ...readerOf(request), named, yaml, dryRun, reason, apply, canary }
    const { changed, changes, secretsMissing } = await importConfigs(deps, input)
    return { ...changedAnswer(request, changed), changes, secrets_missing: secretsMissing }
  })
}

/** Adds the routes of the configuration: reading, changing, and returning to earlier values. */
export function addConfigRoutes(
  app: FastifyInstance,
  deps: ConfigRoutesDeps & { settings: readonly ProcessSetting[] },
): void {
  addReadingRoutes(app, deps)
  addChangingRoutes(app, deps)
  addReturningRoutes(app, deps)
  addConfigCopyRoutes(app, deps)
  addConfigDraftRoutes(app, deps)
}
