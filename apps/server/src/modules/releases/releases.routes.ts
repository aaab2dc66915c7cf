import type { FastifyInstance } from 'fastify'
import { addRoute, audienceOfRequest } from '../../http/route.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import { readBuildLog } from './build-log.ts'
import { diffReleases, type ReleaseDiffDeps } from './releases.usecases.ts'

/** Adds the routes that list the releases of a service and compare two of them. */
export function addReleaseRoutes(
  app: FastifyInstance,
  deps: ReleaseDiffDeps & {
    services: ServicesRepository
    /** The file with what the build of a release printed. */
    buildLogOf: (serviceId: string, release: number) => string
  },
): void {
  addRoute(app, 'GET /services/{id}/releases', async ({ params, query }, { request }) => {
    await loadService(deps, params.id)
    return deps.releases.list(params.id, {
      limit: query.page_size,
      offset: (query.page - 1) * query.page_size,
      audience: audienceOfRequest(request),
    })
  })
  addRoute(app, 'GET /services/{id}/releases/build-log', async ({ params, query }, { request }) => {
    const { id } = await loadService(deps, params.id)
    const audience = audienceOfRequest(request)
    const newest = await deps.releases.list(id, { limit: 1, offset: 0, audience })
    const release = query.release ?? newest.items[0]?.number ?? 1
    return readBuildLog(deps.buildLogOf(id, release), query.after)
  })
  addRoute(app, 'GET /services/{id}/releases/diff', async ({ params, query }, { request }) =>
    diffReleases(deps, {
      service: await loadService(deps, params.id),
      ...query,
      show: (release) => deps.releases.show(release, audienceOfRequest(request)),
    }),
  )
}
