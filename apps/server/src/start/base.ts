import type { Database } from '../adapters/database/database.ts'
import { createBus } from '../lib/bus.ts'
import { servicesOf } from '../lib/account-block.ts'
import { systemClock } from '../lib/clock.ts'
import { freeNumbers } from '../lib/free-numbers.ts'
import { actorOfEarlierKey } from '../modules/api-keys/api-keys.in-use.ts'
import { createApiKeysRepository } from '../modules/api-keys/api-keys.repository.ts'
import { createAlgorithmsRepository } from '../modules/algorithms/algorithms.repository.ts'
import type { VersionMade } from '../modules/algorithms/algorithms.deps.ts'
import { createOpenPushes } from '../modules/algorithms/open-pushes.ts'
import { createConfigsRepository } from '../modules/configs/configs.repository.ts'
import { createSecretsRepository } from '../modules/secrets/secrets.repository.ts'
import { resumeKeyChange, secretsNote, unreadableSecrets } from '../modules/secrets/rotate-key.ts'
import { createPastSecrets } from '../modules/configs/secrets/past-secrets.repository.ts'
import { createSecretMasks } from '../modules/configs/secrets/secret-masks.ts'
import { deploymentTransactions } from '../modules/deployments/deployments.assembly.ts'
import { groupsBelow } from '../modules/environments/environment-groups.ts'
import type { ReceivedPush } from '../modules/pipelines/give-models.ts'
import { createInstancesRepository } from '../modules/instances/instances.repository.ts'
import { createModelGrants } from '../modules/models/model-grants.ts'
import { createModelsRepository } from '../modules/models/models.repository.ts'
import { quotaTable } from '../modules/quotas/quotas.ts'
import type { Scaled } from '../modules/operations/scaling-words.ts'
import { createPresentationsRepository } from '../modules/presentations/presentations.repository.ts'
import { createReleasesRepository } from '../modules/releases/releases.repository.ts'
import { createPastRunsRepository } from '../modules/runs/history/past-runs.repository.ts'
import { createRunSamplesRepository } from '../modules/runs/history/samples.repository.ts'
import { createRunsRepository } from '../modules/runs/runs.repository.ts'
import type { AuthorDeps } from '../modules/service-grants/author-now.ts'
import { createServiceGrantsRepository } from '../modules/service-grants/service-grants.repository.ts'
import { createServiceGroupsRepository } from '../modules/service-groups/service-groups.repository.ts'
import type { HistoryChanged } from '../modules/service-status/history.ts'
import type { ServiceChanged } from '../modules/services/service-changed.ts'
import { createServicesRepository, type ServicesRepository } from '../modules/services/services.repository.ts'
import { createSharesRepository } from '../modules/shares/shares.repository.ts'
import type { TaskChanged } from '../modules/tasks/task-progress.ts'
import { createTaskRunner } from '../modules/tasks/task-runner.ts'
import { createTasksRepository, type TasksRepository } from '../modules/tasks/tasks.repository.ts'
import { createUsersRepository } from '../modules/users/users.repository.ts'
import { wireAlgorithms } from './algorithms.ts'
import { ceilingsHere } from './ceilings.ts'
import { wireEnvironments } from './environments.ts'
import { wireGitea } from './gitea.ts'
import { wireModelStore } from './model-files.ts'
import type { ModulesInput } from './modules-input.ts'
import { frontPortsOf } from './ports.ts'

/** Tasks that start and stop processes: a few at the same time keep a small machine busy. */
const tasksAtOnce = { concurrency: 6, perPerson: 4 }

const repositoriesOf = (db: Database) => ({
  algorithmRows: createAlgorithmsRepository({ db }),
  services: createServicesRepository({ db }),
  releases: createReleasesRepository({ db }),
  presentations: createPresentationsRepository({ db }),
  instanceRows: createInstancesRepository({ db }),
  tasks: createTasksRepository({ db }),
  models: createModelsRepository({ db }),
  runs: createRunsRepository({ db }),
  shares: createSharesRepository({ db }),
  runSamples: createRunSamplesRepository({ db }),
  pastRuns: createPastRunsRepository({ db }),
})

/** The buses on which it is told what has changed in services. */
const busesOf = () => ({
  serviceChanges: createBus<ServiceChanged>(),
  historyChanges: createBus<HistoryChanged>(),
  scalings: createBus<Scaled>(),
})

function wireTaskRunner(repository: TasksRepository, logger: ModulesInput['logger']) {
  const taskChanges = createBus<TaskChanged>()
  const taskRunner = createTaskRunner({
    repository,
    bus: taskChanges,
    clock: systemClock,
    logger,
    ...tasksAtOnce,
  })
  return { taskChanges, taskRunner }
}

/** Ends a change of the keys of the secrets that a crash interrupted. */
async function wireSecrets({ drivers, logger, sealingKeys: keys }: ModulesInput) {
  const secrets = { secrets: createSecretsRepository({ db: drivers.db }), keys }
  const resealed = await resumeKeyChange(secrets)
  if (resealed) logger.info(resealed, 'the secrets are sealed with the new key')
  return secrets
}

/** Wires the store of model files, and which algorithm may use which of them. */
async function wireModels({ paths, drivers }: ModulesInput, repositories: ReturnType<typeof repositoriesOf>) {
  return {
    modelStore: await wireModelStore({ folder: paths.models, current: drivers.current, ...repositories }),
    modelGrants: createModelGrants(repositories.models),
  }
}

/** The numbers for accounts of services and groups of environments. Null: everything has the platform's own account. */
function numbersOf({ accountBlock, paths }: ModulesInput, services: Pick<ServicesRepository, 'accounts'>) {
  if (accountBlock === null) return null
  const accounts = async () => (await services.accounts()).map(({ account }) => account)
  return freeNumbers(servicesOf(accountBlock), [accounts, () => groupsBelow(paths.environments)])
}

const groupsOf = (db: Database) => {
  const grants = createServiceGrantsRepository({ db })
  const keys = { apiKeys: createApiKeysRepository({ db }), clock: systemClock }
  /** Finds out what the authors of earlier work may do now. */
  const authors: AuthorDeps = {
    users: createUsersRepository({ db }),
    grantsOf: grants.heldBy,
    keys: { actorOf: (id) => actorOfEarlierKey(keys, id) },
  }
  return { groups: createServiceGroupsRepository({ db }), grants, authors }
}

/** Wires what every other part needs: repositories, buses, the runner of tasks, ports, bounds, environments and algorithms. */
export async function wireBase(input: ModulesInput) {
  const { drivers, logger, settings } = input
  const { db } = drivers
  const repositories = repositoriesOf(db)
  const quotas = quotaTable(settings)
  const { held, ceilings } = await ceilingsHere(settings)
  const configs = createConfigsRepository({ db })
  const numbers = numbersOf(input, repositories.services)
  const built = await wireEnvironments(input, { configs, ceilings, numbers })
  const secrets = await wireSecrets(input)
  const gitea = await wireGitea(input, secrets.keys)
  const versions = createBus<VersionMade>()
  const models = await wireModels(input, repositories)
  return {
    repositories,
    inTransaction: deploymentTransactions(db),
    ...groupsOf(db),
    configs,
    secrets,
    /** What people are told of secrets that cannot be read. */
    secretNotes: secretsNote(await unreadableSecrets(secrets)),
    /** Hides secrets in what services print. */
    masks: createSecretMasks({
      past: createPastSecrets({ db }),
      env: input.env,
      file: input.configFile,
      sealer: gitea.sealer,
    }),
    ...busesOf(),
    ...wireTaskRunner(repositories.tasks, logger),
    ports: frontPortsOf(settings, db, drivers.claims),
    quotas,
    held,
    ceilings,
    numbers,
    ...built,
    ...models,
    gitea,
    versions,
    pushes: createBus<ReceivedPush>(),
    openPushes: createOpenPushes(),
    algorithms: await wireAlgorithms(input, {
      ...repositories,
      quotas,
      ...models,
      gitea,
      versions,
      environments: built.environments,
    }),
    /** Gets what fails and what nobody waits for. */
    onError: (error: unknown) => logger.error({ err: error }, 'background work failed'),
  }
}

/** What every other part needs. */
export type Base = Awaited<ReturnType<typeof wireBase>>
