import type { InTransaction } from '../../adapters/database/database.ts'
import type { Bus } from '../../lib/bus.ts'
import type { Clock } from '../../lib/clock.ts'
import type { FairQueue } from '../../lib/fair-queue.ts'
import type { keyedQueue } from '../../lib/keyed-queue.ts'
import type { DataPaths } from '../../lib/paths.ts'
import type { TextSealer } from '../../lib/sealed-text.ts'
import type { AlgorithmsDeps } from '../algorithms/algorithms.deps.ts'
import type { OpenPushes } from '../algorithms/open-pushes.ts'
import type { Recogniser } from '../algorithms/recognition/recogniser.ts'
import type { DeployServiceDeps } from '../deployments/deployments.usecases.ts'
import type { Environments } from '../environments/environments.ts'
import type { GiteaRepositoryDeps } from '../gitea/gitea.repositories.ts'
import type { ModelGrants } from '../models/model-grants.ts'
import type { GitQueues } from '../quotas/git-queues.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { AuthorDeps } from '../service-grants/author-now.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'
import type { PipelinesRepository } from './pipelines.repository.ts'
import type { PushRulesRepository } from './push-rules.repository.ts'

/** What the queue of pipelines changes at once. */
export type QueueRecords = {
  services: Pick<ServicesRepository, 'lock' | 'delete'>
  rules: PushRulesRepository
  pipelines: PipelinesRepository
  tasks: Pick<TasksRepository, 'insert'>
}

/** What push to deploy needs of the rest of the platform. */
export type PipelinesDeps = AuthorDeps & {
  rules: PushRulesRepository
  pipelines: PipelinesRepository
  inTransaction: InTransaction<QueueRecords>
  services: ServicesRepository
  releases: Pick<ReleasesRepository, 'get'>
  /** What deploying a service needs. */
  deploying: DeployServiceDeps
  tasks: TasksRepository
  runner: TaskRunner
  taskChanges: Pick<Bus<TaskChanged>, 'subscribe'>
  /** Where the code of each algorithm is. */
  places: Pick<GiteaRepositoryDeps['places'], 'get' | 'keptElsewhere'>
  codeHost: AlgorithmsDeps['codeHost']
  /** Knows the pushes to the platform's own host that nobody has dealt with yet. */
  openPushes: Pick<OpenPushes, 'isUnderWay' | 'leave' | 'left' | 'settle'>
  /** Only for passing it on to the use cases of algorithms. */
  algorithms: AlgorithmsDeps
  recogniser: Pick<Recogniser, 'readRequirements'>
  /** Turns of people for work with git. */
  gitQueues: GitQueues
  modelGrants: Pick<ModelGrants, 'give'>
  /** The Gitea server, and what is kept there. */
  gitea: GiteaRepositoryDeps
  /** Seals the secrets of webhooks. */
  sealer: TextSealer
  /** Tests of one person leave places for those of others. */
  testQueue: FairQueue
  /** When each of these services was last called or run, if ever. */
  lastUses: (serviceIds: readonly string[]) => Promise<ReadonlyMap<string, Date>>
  environments: Pick<Environments, 'prepare' | 'runInCopy'>
  paths: DataPaths
  /** The address at which people find the pages. */
  publicUrl: string
  /** The address at which Gitea finds the platform, if the administrator has set one. */
  hookOrigin: string | null
  /** Does looks at one service, and reports about one commit, one after the other. */
  queue: Pick<ReturnType<typeof keyedQueue>, 'run' | 'runOnce'>
  clock: Clock
  /** Gets what fails beside the work. */
  onError: (error: unknown) => void
}
