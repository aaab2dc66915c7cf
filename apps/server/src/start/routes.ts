import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { createApp } from '../http/app.ts'
import { acceptOneFile } from '../http/forms.ts'
import { addHealthRoutes } from '../http/health.routes.ts'
import { addOpenApi } from '../http/openapi.ts'
import { addWebPages } from '../http/web-pages.ts'
import { gitAccess } from '../modules/algorithms/algorithms.push.ts'
import { registerAlgorithmRoutes } from '../modules/algorithms/algorithms.routes.ts'
import { addAssetRoutes } from '../modules/assets/assets.routes.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import { networkOf } from '../modules/auth/auth.attempts.state.ts'
import { addCallRoutes } from '../modules/calls/calls.routes.ts'
import { addEventRoutes } from '../modules/events/events.routes.ts'
import { addComparisonRoutes } from '../modules/comparisons/comparisons.routes.ts'
import { addMetricRoutes } from '../modules/metrics/metrics.routes.ts'
import { addPrometheusRoute } from '../modules/metrics/prometheus.routes.ts'
import { addHostRoutes } from '../modules/host/host.routes.ts'
import { addPortRoutes } from '../modules/ports/ports.routes.ts'
import { addReleaseRoutes } from '../modules/releases/releases.routes.ts'
import { addGatewayRoutes } from '../modules/gateway-admin/gateway-admin.routes.ts'
import { addRunRoutes } from '../modules/runs/runs.routes.ts'
import { addServiceGroupRoutes } from '../modules/service-groups/service-groups.routes.ts'
import { addBatchRoute } from '../modules/operations/batch.routes.ts'
import { addServiceLogRoutes } from '../modules/service-logs/service-logs.routes.ts'
import { addDeploymentRoutes } from '../modules/deployments/deployments.routes.ts'
import { addOperationRoutes } from '../modules/operations/operations.routes.ts'
import { addServiceStatusRoutes } from '../modules/service-status/service-status.routes.ts'
import { createHistoryRepository } from '../modules/service-status/history.repository.ts'
import { addHistoryRoutes } from '../modules/service-status/history.routes.ts'
import { addWakeRoute } from '../modules/operations/waking.routes.ts'
import { previewShare } from '../modules/shares/shares.preview.ts'
import { registerPublicShareRoutes } from '../modules/shares/shares.public.routes.ts'
import { addShareRoutes } from '../modules/shares/shares.routes.ts'
import { addShowcaseRoutes } from '../modules/showcase/showcase.routes.ts'
import { registerGitHttp } from '../modules/sources/git-http.routes.ts'
import { addTaskRoutes } from '../modules/tasks/tasks.routes.ts'
import { registerUploadRoutes } from '../modules/uploads/uploads.routes.ts'
import type { Database } from '../adapters/database/database.ts'
import { systemClock } from '../lib/clock.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { Modules } from './modules.ts'

/** Builds the HTTP application with every route. */
export async function buildApp(input: {
  access: AccessControl
  modules: Modules
  db: Database
  paths: DataPaths
  webFolder: string
  version: string
  /** The address for people, if the administrator has set it. */
  publicUrl: string | null
  logger: Logger
}): Promise<FastifyInstance> {
  const { access, modules, db } = input
  const { repositories } = modules
  const { publicUrl } = input
  const app = await createApp({
    logger: input.logger,
    authenticate: access.authenticate,
    streams: access.streams,
    takeStream: (request) =>
      modules.streamPlaces.take({ actor: request.actor, network: networkOf(request.ip) }),
    publicUrl,
  })
  await addOpenApi(app, { version: input.version, publicUrl })
  addHealthRoutes(app, { check: async () => void (await db.execute(sql`select 1`)) })
  access.addTo(app)
  await registerAlgorithmRoutes(app, { ...modules.algorithms, arrived: modules.arrived })
  addServiceStatusRoutes(app, modules.services)
  addOperationRoutes(app, modules.services)
  addDeploymentRoutes(app, modules.services)
  addServiceGroupRoutes(app, { groups: modules.groups })
  addBatchRoute(app, { services: repositories.services, groups: modules.groups, runner: modules.taskRunner })
  addWakeRoute(app, modules.waking)
  addHistoryRoutes(app, { services: repositories.services, history: createHistoryRepository({ db }) })
  addReleaseRoutes(app, { ...repositories, codeHost: modules.algorithms.codeHost })
  addServiceLogRoutes(app, { services: repositories.services, paths: input.paths, clock: systemClock })
  addCallRoutes(app, modules.calls)
  addMetricRoutes(app, modules.calls.metrics)
  addPrometheusRoute(app, modules.calls.prometheus)
  const isTaken = (serviceId: string) => modules.gateway.frontProblem(serviceId)?.cause === 'held'
  addPortRoutes(app, { ...modules.ports, isTaken })
  addHostRoutes(app, modules)
  addGatewayRoutes(app, modules.gatewayControl)
  addTaskRoutes(app, { tasks: repositories.tasks, runner: modules.taskRunner, bus: modules.taskChanges })
  addEventRoutes(app, modules)
  addRunRoutes(app, { ...modules.running, ...modules.runFiles })
  addComparisonRoutes(app, modules.comparisons)
  addShowcaseRoutes(app, modules.showcase)
  addShareRoutes(app, modules.shares.visiting)
  await registerPublicShareRoutes(app, modules.shares.visiting)
  await app.register(async (scope) => {
    await acceptOneFile(scope)
    addAssetRoutes(scope, { ...modules.media, arrived: modules.arrived })
  })
  await registerGitHttp(app, {
    repositoriesFolder: input.paths.repositories,
    packBytes: modules.algorithms.uploads.limits.uploadBytes,
    authenticateBasic: access.authenticateBasic,
    ...gitAccess({
      ...modules.algorithms,
      onError: (error) => input.logger.error({ err: error }, 'a push could not become a version'),
    }),
  })
  await registerUploadRoutes(app, modules.arrived)
  await addWebPages(app, {
    folder: input.webFolder,
    previewOfShare: (token, language) => previewShare(modules.shares.visiting, token, language),
  })
  return app
}
