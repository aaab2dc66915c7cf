import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { addRoute } from '../../http/route.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import { diffReleases, type ReleaseDiffDeps } from './diff.usecases.ts'

/** Adds the route that compares two releases of a service. */
export function addReleaseDiffRoute(
  app: FastifyInstance,
  deps: ReleaseDiffDeps & { services: ServicesRepository },
): void {
  addRoute(app, 'GET /services/{id}/releases/diff', async ({ params, query }, { request }) =>
    diffReleases(deps, {
      service: await loadService(deps, params.id),
      ...query,
      show: (release) => deps.releases.show(release, languageOf(request)),
    }),
  )
}
