import { sql } from 'drizzle-orm'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { clientNetwork } from '@vitrine/contract/client-network'
import { createApp } from '../http/app.ts'
import { acceptOneFile } from '../http/forms.ts'
import { addHealthRoutes } from '../http/health.routes.ts'
import { addOpenApi } from '../http/openapi.ts'
import { addWebPages } from '../http/web-pages.ts'
import { registerAlgorithmRoutes } from '../modules/algorithms/algorithms.routes.ts'
import { addAssetRoutes } from '../modules/assets/assets.routes.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import { payerOf } from '../modules/quotas/quotas.ts'
import { addCallRoutes } from '../modules/calls/calls.routes.ts'
import { accountLanguage } from '../modules/configs/account-language.ts'
import { addConfigRoutes } from '../modules/configs/configs.routes.ts'
import type { CurrentConfig } from '../modules/configs/effective/current-config.ts'
import { addEventRoutes } from '../modules/events/events.routes.ts'
import { addComparisonRoutes } from '../modules/comparisons/comparisons.routes.ts'
import { addMetricRoutes } from '../modules/metrics/metrics.routes.ts'
import { addPrometheusRoute } from '../modules/metrics/prometheus.routes.ts'
import { registerGitHttp } from '../modules/git-host/git-http.routes.ts'
import { usualGitSpeed } from '../modules/git-host/git-pace.ts'
import { registerLfs } from '../modules/git-host/lfs.routes.ts'
import { addHostRoutes } from '../modules/host/host.routes.ts'
import { registerHookRoute } from '../modules/pipelines/webhooks.routes.ts'
import { addPipelineRoutes } from '../modules/pipelines/pipelines.routes.ts'
import { addPortRoutes } from '../modules/ports/ports.routes.ts'
import { serviceFolders } from '../modules/instances/instance-spec.ts'
import { addModelRoutes } from '../modules/models/models.routes.ts'
import { addPresentationRoutes } from '../modules/presentations/presentations.routes.ts'
import { addProvenanceRoutes } from '../modules/provenance/provenance.routes.ts'
import { addReleaseRoutes } from '../modules/releases/releases.routes.ts'
import { addCodeRoutes } from '../modules/code/code.routes.ts'
import { registerCodeUpload } from '../modules/code/code.upload.routes.ts'
import { mayUseAllIn } from '../modules/gitea/gitea.repositories.ts'
import { addGiteaRoutes, addGiteaTaskRoutes } from '../modules/gitea/gitea.routes.ts'
import { addGatewayRoutes } from '../modules/gateway-admin/gateway-admin.routes.ts'
import { addRunRoutes } from '../modules/runs/runs.routes.ts'
import { addServiceGroupRoutes } from '../modules/service-groups/service-groups.routes.ts'
import { addServiceGrantRoutes } from '../modules/service-grants/service-grants.routes.ts'
import { createCustomRolesRepository } from '../modules/users/custom-roles.repository.ts'
import { createUsersRepository } from '../modules/users/users.repository.ts'
import { addBatchRoute } from '../modules/operations/batch.routes.ts'
import { addSecretRoutes } from '../modules/secrets/secrets.routes.ts'
import { addServiceLogRoutes } from '../modules/service-logs/service-logs.routes.ts'
import { addDeploymentRoutes } from '../modules/deployments/deployments.routes.ts'
import { addOperationRoutes } from '../modules/operations/operations.routes.ts'
import { addServiceStatusRoutes } from '../modules/service-status/service-status.routes.ts'
import { createHistoryRepository } from '../modules/service-status/history.repository.ts'
import { addHistoryRoutes } from '../modules/service-status/history.routes.ts'
import { addWakeRoute } from '../modules/operations/waking.routes.ts'
import { embeddersOf, previewShare } from '../modules/shares/shares.preview.ts'
import { registerPublicShareRoutes } from '../modules/shares/shares.public.routes.ts'
import { addShareRoutes } from '../modules/shares/shares.routes.ts'
import { addServiceApiRoutes } from '../modules/service-apis/service-apis.routes.ts'
import { addShowcaseRoutes } from '../modules/showcase/showcase.routes.ts'
import { createRepositoryTokens } from '../modules/repository-tokens/repository-tokens.repository.ts'
import { addRepositoryTokenRoutes } from '../modules/repository-tokens/repository-tokens.routes.ts'
import { addTaskRoutes } from '../modules/tasks/tasks.routes.ts'
import { registerUploadRoutes } from '../modules/uploads/uploads.routes.ts'
import type { Cache } from '../adapters/cache/cache.ts'
import type { Database } from '../adapters/database/database.ts'
import { systemClock } from '../lib/clock.ts'
import { endStreamsOf } from '../lib/open-streams.ts'
import type { DataPaths } from '../lib/paths.ts'
import { giteaRepositories } from './gitea.ts'
import type { Modules } from './modules.ts'

/** What the application is built from. */
type Input = {
  access: AccessControl
  modules: Modules
  db: Database
  cache: Pick<Cache, 'redis'>
  paths: DataPaths
  webFolder: string
  /** The values of the configuration. */
  current: Pick<CurrentConfig, 'text'>
  version: string
  /** The port at which the platform is reached. */
  platformPort: number
  /** The address for people, if the administrator has set it. */
  publicUrl: string | null
  /** The domain of services' own hosts, if there is one. */
  appsDomain: string | null
  logger: Logger
}

/** Adds what deploys, operates and describes services. */
function addRoutesOfServices(app: FastifyInstance, { modules, access, db, paths }: Input): void {
  const { repositories, groups, grants, taskRunner: runner } = modules
  const { services, tasks } = repositories
  /** The pages of these people learn of it, because their streams end, and the gateway is told. */
  const onGrantsChanged = async (userIds: readonly string[]) => {
    endStreamsOf(access.streams)(userIds)
    await access.publishKeys()
  }
  addServiceStatusRoutes(app, modules.services)
  addOperationRoutes(app, modules.services)
  addServiceApiRoutes(app, modules.serviceApis)
  addDeploymentRoutes(app, modules.services)
  addServiceGroupRoutes(app, { groups, peopleOf: grants.peopleOf, onGrantsChanged })
  addServiceGrantRoutes(app, {
    groups,
    grants,
    services,
    users: createUsersRepository({ db }),
    customRoles: createCustomRolesRepository({ db }),
    owned: modules.owned,
    onGrantsChanged,
    onRightsLost: endStreamsOf(access.streams),
  })
  addBatchRoute(app, { services, groups, runner })
  addWakeRoute(app, modules.waking)
  addHistoryRoutes(app, { services, history: createHistoryRepository({ db }) })
  addReleaseRoutes(app, {
    ...repositories,
    codeHost: modules.algorithms.codeHost,
    buildLogOf: (serviceId, release) => serviceFolders(paths, serviceId).buildLog(release),
  })
  const { logClock, masks } = modules
  addServiceLogRoutes(app, { services, paths, masks, clock: systemClock, writtenAt: logClock.writtenAt })
  addTaskRoutes(app, { tasks, runner, bus: modules.taskChanges })
}

/** Adds what describes calls, the machine and the gateway. */
function addRoutesOfPlatform(app: FastifyInstance, { modules, platformPort }: Input): void {
  addCallRoutes(app, { ...modules.calls.reading, clock: systemClock })
  addMetricRoutes(app, modules.calls.metrics)
  addPrometheusRoute(app, modules.calls.prometheus)
  const isTaken = (serviceId: string) => modules.gateway.frontProblem(serviceId)?.cause === 'held'
  const { frontHost } = modules.services.defaults
  addPortRoutes(app, { ...modules.ports, isTaken, frontHost, platformPort })
  addHostRoutes(app, modules)
  addGatewayRoutes(app, modules.gatewayControl)
  addConfigRoutes(app, modules.configuration)
  addSecretRoutes(app, modules.secrets)
  addEventRoutes(app, modules)
}

/** Adds runs, comparisons, share links and media. */
async function addRoutesOfShowing(app: FastifyInstance, { modules, access }: Input): Promise<void> {
  const { arrived } = modules
  addRunRoutes(app, { ...modules.running, ...modules.runFiles })
  addComparisonRoutes(app, modules.comparisons)
  addProvenanceRoutes(app, modules.provenance)
  addShowcaseRoutes(app, modules.showcase)
  addPresentationRoutes(app, modules.presentations)
  addShareRoutes(app, modules.shares.visiting)
  await registerPublicShareRoutes(app, { ...modules.shares.visiting, auditing: { audit: access.audit } })
  await app.register(async (scope) => {
    await acceptOneFile(scope)
    addAssetRoutes(scope, { ...modules.media, arrived })
  })
  await registerUploadRoutes(app, arrived)
}

/** Adds uploaded code, the git host, and what becomes of pushes. */
async function addRoutesOfCode(app: FastifyInstance, { modules, access, db, logger }: Input): Promise<void> {
  const { algorithms, arrived, modelStore, modelGrants } = modules
  const { codeHost } = algorithms
  addModelRoutes(app, { ...modelStore, arrived })
  await registerAlgorithmRoutes(app, { ...algorithms, arrived })
  addCodeRoutes(app, algorithms)
  const repositoryTokens = {
    algorithms: algorithms.algorithms,
    tokens: createRepositoryTokens({ db }),
    clock: systemClock,
  }
  addRepositoryTokenRoutes(app, { ...repositoryTokens, streams: access.streams })
  await registerCodeUpload(app, { ...algorithms, arrived })
  const gitea = giteaRepositories(modules.gitea, algorithms)
  addGiteaRoutes(app, { ...gitea, modelFiles: modules.modelFiles })
  addGiteaTaskRoutes(app, { ...gitea, deploying: modules.services })
  addPipelineRoutes(app, modules.pipelines)
  await registerHookRoute(app, { ...modules.pipelines, auditing: { audit: access.audit } })
  await registerLfs(app, {
    ...modelStore,
    modelGrants,
    storageQuota: arrived.storageQuota,
    authenticateBasic: access.authenticateBasic,
    algorithms,
    gitQueues: algorithms.gitQueues,
    codeHost,
  })
  await registerGitHttp(app, {
    ...repositoryTokens,
    authenticateBasic: access.authenticateBasic,
    algorithms,
    gitQueues: algorithms.gitQueues,
    codeHost,
    codeQuota: algorithms.codeQuota,
    lowestSpeed: usualGitSpeed,
    largestPush: () => algorithms.uploads.limits.uploadBytes,
    mayUseAll: mayUseAllIn(modules.gitea),
    rules: modules.pipelines.rules,
    pushes: modules.pushes,
    openPushes: modules.openPushes,
    onError: (error) => logger.error({ err: error }, 'something failed while a push was received'),
  })
}

/** One name for whom a request counts: a person, or everybody without a sign-in at a network. */
const payerAt = ({ actor, ip }: FastifyRequest): string =>
  actor ? payerOf(actor) : `network ${clientNetwork(ip)}`

/** Builds the HTTP application with every route. */
export async function buildApp(input: Input): Promise<FastifyInstance> {
  const { access, modules, db, publicUrl, appsDomain, version, logger } = input
  const app = await createApp({
    logger,
    authenticate: access.authenticate,
    languageOfAccount: (userId) => accountLanguage(modules.configs, userId),
    countRequest: access.countRequest,
    streams: access.streams,
    takeStream: (request) =>
      modules.streamPlaces.take({ actor: request.actor, network: clientNetwork(request.ip) }),
    openBody: (request) => modules.bodies.open(payerAt(request)),
    openWaiting: (request, close) => modules.waiting.open(payerAt(request), close),
    publicUrl,
    appsDomain,
  })
  await addOpenApi(app, { version, publicUrl })
  addHealthRoutes(app, {
    check: async () => void (await db.execute(sql`select 1`)),
    details: () => ({ redis: input.cache.redis() }),
  })
  access.addTo(app)
  addRoutesOfServices(app, input)
  addRoutesOfPlatform(app, input)
  await addRoutesOfCode(app, input)
  await addRoutesOfShowing(app, input)
  await addWebPages(app, {
    folder: input.webFolder,
    name: () => input.current.text('app.name'),
    previewOfShare: (token, language) => previewShare(modules.shares.visiting, token, language),
    embeddersOfShare: (token) => embeddersOf(modules.shares.visiting, token),
  })
  return app
}
