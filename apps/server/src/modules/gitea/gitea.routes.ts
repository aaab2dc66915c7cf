import type { FastifyInstance, FastifyRequest } from 'fastify'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { shownAlgorithm, shownVersion } from '../algorithms/algorithms.routes.ts'
import type { Registered } from '../algorithms/register-repository.ts'
import { workInTurn } from '../quotas/git-queues.ts'
import { deployService, type DeployServiceDeps } from '../deployments/deployments.usecases.ts'
import {
  bringFromGitea,
  inspectInGitea,
  pullFromGitea,
  pushToGitea,
  registerFromGitea,
} from './gitea.algorithms.ts'
import { findFolders } from './gitea.folders.ts'
import { followRename } from './gitea.follow.ts'
import { beginMove } from './gitea.move.task.ts'
import { moveToGitea, type MoveToGiteaDeps } from './gitea.move.ts'
import {
  listBranches,
  listRepositories,
  type GiteaRepositoryDeps,
  type WantedCode,
} from './gitea.repositories.ts'
import { forgetGitea, giteaHistory, saveGitea, showGitea, testGitea } from './gitea.usecases.ts'

const codeOf = ({ repo_url: url, ...rest }: Omit<WantedCode, 'url'> & { repo_url: string }): WantedCode => ({
  url,
  ...rest,
})

function addSettingsRoutes(app: FastifyInstance, deps: GiteaRepositoryDeps): void {
  addRoute(app, 'GET /gitea/config', (_input, { request }) => showGitea(deps, languageOf(request)))
  addRoute(app, 'POST /gitea/config', ({ body }, { request }) =>
    saveGitea(deps, { actor: actorOf(request), change: body, language: languageOf(request) }),
  )
  addRoute(app, 'DELETE /gitea/config', (_input, { request }) => forgetGitea(deps, actorOf(request)))
  addRoute(app, 'GET /gitea/config/history', ({ query }) => giteaHistory(deps, query))
  addRoute(app, 'GET /gitea/test-connection', (_input, { request }) => testGitea(deps, languageOf(request)))
}

function addRepositoryRoutes(app: FastifyInstance, deps: MoveToGiteaDeps): void {
  const shownRegistered = (request: FastifyRequest, { algorithm, version, warnings }: Registered) => ({
    algorithm: shownAlgorithm(deps.algorithms, request, algorithm),
    version: shownVersion(request, version),
    warnings,
  })
  const { lists, fetches } = deps.gitQueues
  addRoute(app, 'GET /gitea/repos', ({ query }, { request, reply }) =>
    workInTurn(lists, reply, () => listRepositories(deps, { actor: actorOf(request), query })),
  )
  addRoute(app, 'GET /gitea/repos/{owner}/{name}/branches', ({ params }, { request, reply }) => {
    const asked = { actor: actorOf(request), fullName: `${params.owner}/${params.name}` }
    return workInTurn(lists, reply, () => listBranches(deps, asked))
  })
  addRoute(app, 'POST /gitea/repos', ({ body }, { request }) => {
    const { algorithm_id: id, algorithm_name: name, description, existing } = body
    const about = [name, description].filter(Boolean).join(' · ')
    const wanted = { id, existing, description: about === '' ? undefined : about }
    return moveToGitea(deps, { actor: actorOf(request), ...wanted })
  })
  addRoute(app, 'POST /gitea/repos/inspect', ({ body }, { request, reply }) => {
    const { algorithm_id: id, ...wanted } = body
    const asked = { actor: actorOf(request), language: languageOf(request), signal: disconnectSignal(reply) }
    return workInTurn(fetches, reply, () => inspectInGitea(deps, { ...codeOf(wanted), id, ...asked }))
  })
  addRoute(app, 'POST /gitea/repos/folders', ({ body }, { request, reply }) => {
    const asked = { actor: actorOf(request), language: languageOf(request), signal: disconnectSignal(reply) }
    return workInTurn(fetches, reply, () => findFolders(deps, { ...codeOf(body), ...asked }))
  })
  addRoute(app, 'POST /gitea/repos/register', async ({ body }, { request, reply }) => {
    const { algorithm_id: id, ...wanted } = body
    const input = { actor: actorOf(request), ...codeOf(wanted), id, language: languageOf(request) }
    return shownRegistered(request, await workInTurn(fetches, reply, () => registerFromGitea(deps, input)))
  })
  addRoute(app, 'POST /gitea/repos/clone', async ({ body }, { request, reply }) => {
    const { repo_url: url, algorithm_id: id } = body
    const input = { actor: actorOf(request), url, id, language: languageOf(request) }
    return shownRegistered(request, await workInTurn(fetches, reply, () => registerFromGitea(deps, input)))
  })
  addRoute(app, 'POST /gitea/repos/pull', ({ body }, { request, reply }) =>
    workInTurn(fetches, reply, () => pullFromGitea(deps, { actor: actorOf(request), id: body.algorithm_id })),
  )
  addRoute(app, 'POST /gitea/repos/follow', ({ body }, { request }) =>
    followRename(deps, { actor: actorOf(request), id: body.algorithm_id, to: body.to }),
  )
  addRoute(app, 'POST /gitea/repos/push', ({ body }, { request }) =>
    pushToGitea(deps, { actor: actorOf(request), id: body.algorithm_id }),
  )
}

/** Adds the settings of the Gitea server and its repositories. */
export function addGiteaRoutes(app: FastifyInstance, deps: MoveToGiteaDeps): void {
  addSettingsRoutes(app, deps)
  addRepositoryRoutes(app, deps)
}

/** Adds what takes long enough to be a task: a move of code, and the way from a repository to a service. */
export function addGiteaTaskRoutes(
  app: FastifyInstance,
  deps: GiteaRepositoryDeps & { deploying: DeployServiceDeps },
): void {
  addRoute(app, 'POST /gitea/repos/move', async ({ body }, { request }) => {
    const input = { actor: actorOf(request), to: body.to, ids: body.algorithm_ids, existing: body.existing }
    const task = await beginMove({ ...deps, runner: deps.deploying.runner }, input)
    return { task_id: task.id }
  })
  addRoute(app, 'POST /services/deploy-from-gitea', async ({ body }, { request, reply }) => {
    const { algorithm_id: id, service_config: config, ...wanted } = body
    const actor = actorOf(request)
    const brought = { actor, id, ...codeOf(wanted), language: languageOf(request) }
    const { commit } = await workInTurn(deps.gitQueues.fetches, reply, () => bringFromGitea(deps, brought))
    const input = { actor, algorithmId: id, serviceId: id, ref: commit, config, givesModels: true }
    const task = await deployService(deps.deploying, input)
    return { task_id: task.id, service_id: id, commit }
  })
}
