import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { limitedJobs, type LimitedJobs } from '../adapters/process-runner/resource-limits/limited-jobs.ts'
import { resourceLimits } from '../adapters/process-runner/resource-limits/resource-limits.ts'
import { platformActor } from '../lib/actor.ts'
import { systemClock } from '../lib/clock.ts'
import { Environments } from '../modules/environments/environments.ts'
import type { Bus } from '../lib/bus.ts'
import type { GatewaySync } from '../modules/gateway/gateway.sync.ts'
import type { InstancesDeps } from '../modules/instances/instances.usecases.ts'
import type { PortsDeps } from '../modules/ports/ports.usecases.ts'
import { deployTask, rollbackTask } from '../modules/deployments/deploy.task.ts'
import type { PackageExamples } from '../modules/deployments/deploy.types.ts'
import type { InDeploymentTransaction } from '../modules/deployments/deployments.records.ts'
import type { InstancesRepository } from '../modules/instances/instances.repository.ts'
import type { TemporaryInstances } from '../modules/runs/temporary-instances.ts'
import { startRun, type RunsDeps } from '../modules/runs/runs.usecases.ts'
import { adjustTask } from '../modules/operations/adjust.task.ts'
import { deleteTask } from '../modules/operations/delete.task.ts'
import { sleepTasks } from '../modules/operations/sleep.task.ts'
import { operateTasks } from '../modules/operations/operate.task.ts'
import { batchTask, type BatchDeps } from '../modules/operations/batch.task.ts'
import type { ServiceChanged } from '../modules/services/service-changed.ts'
import type { TaskKind } from '../modules/tasks/task-kind.ts'
import type { TaskRunner } from '../modules/tasks/task-runner.ts'
import type { TasksRepository } from '../modules/tasks/tasks.repository.ts'
import { limitsWithin, type Ceilings } from '../modules/quotas/instance-limits.ts'
import { buildsAtOnce } from '../modules/quotas/quotas.ts'
import { findProgram } from '../lib/find-program.ts'
import { installationsOf } from '../lib/sandbox/installation.ts'
import type { ModulesInput } from './modules-input.ts'

/** What runs builds within the limits of an instance for which none are stated. */
async function limitedBuilds({ paths }: ModulesInput, ceilings: Ceilings): Promise<LimitedJobs> {
  const limiter = resourceLimits({
    owner: paths.environments,
    stateFile: join(paths.run, 'builds', 'cgroups.json'),
  })
  await limiter.open(new Set())
  return limitedJobs(limiter, limitsWithin(ceilings, {}))
}

/** Creates the builder of environments, with the tools of this machine and what limits its builds. */
export async function wireEnvironments(
  input: ModulesInput,
  ceilings: Ceilings,
): Promise<{ environments: Environments; runtimeRequirements: string; builds: LimitedJobs }> {
  const { settings, commandEnv, nodeTools, paths } = input
  const runtimeRequirements = await readFile(join(input.runtimesFolder, 'python', 'requirements.txt'), 'utf8')
  const path = commandEnv.PATH ?? ''
  const builds = await limitedBuilds(input, ceilings)
  const environments = new Environments({
    folder: paths.environments,
    pythonCandidates: settings.VITRINE_PYTHON
      ? [settings.VITRINE_PYTHON]
      : ['/usr/bin/python3', (await findProgram('python3', path)) ?? '/usr/local/bin/python3'],
    nodeTools,
    commandEnv,
    sandbox: input.drivers.sandbox,
    read: [
      ...(await installationsOf([nodeTools.node, nodeTools.npm], paths.root)),
      ...(settings.VITRINE_SHARED_FOLDERS ?? []),
    ],
    runtimeRequirements,
    pipIndexUrl: null,
    accounts: input.jobAccounts,
    jobs: builds,
    clock: systemClock,
  })
  return { environments, runtimeRequirements, builds }
}

/** Runs the first demo input of a new release once, so that the gallery shows a real result. */
async function runFirstExample(running: RunsDeps, serviceId: string): Promise<void> {
  const active = (await running.releases.active([serviceId])).get(serviceId)
  const example = active?.examples[0]
  if (!example) return
  const { input_data: inputData, parameters } = example
  await startRun(running, { actor: platformActor, serviceId, inputData, parameters })
}

type Parts = {
  running: RunsDeps
  instanceRows: InstancesRepository
  inTransaction: InDeploymentTransaction
  temporary: Pick<TemporaryInstances, 'endOf'>
  ports: PortsDeps
  instances: InstancesDeps
  gateway: GatewaySync
  environments: Environments
  runtimeRequirements: string
  examples: PackageExamples
  serviceChanges: Bus<ServiceChanged>
  tasks: TasksRepository
  runner: TaskRunner
  /** Starts to deploy the newest version of a service's algorithm. */
  deployNewest: BatchDeps['deploy']
  onError: (error: unknown) => void
}

/** The kinds of task that deploy and operate services. */
export function wireServiceTasks(input: ModulesInput, parts: Parts): TaskKind[] {
  const { running, ports, instances, gateway, serviceChanges, onError } = parts
  const { paths } = input
  const records = {
    services: running.services,
    releases: running.releases,
    instanceRows: parts.instanceRows,
  }
  const { environments, runtimeRequirements, examples } = parts
  const deploy = {
    paths,
    records,
    ports,
    instances,
    gateway,
    inTransaction: parts.inTransaction,
    codeHost: input.drivers.codeHost,
    build: { environments, runtimeRequirements, examples },
    builds: buildsAtOnce(input.settings),
    onDeployed: (serviceId: string) => {
      serviceChanges.publish({ service_id: serviceId, change: 'changed' })
      runFirstExample(running, serviceId).catch(onError)
    },
    onError,
  }
  const operate = { paths, records, ports, instances, gateway }
  const deletion = {
    ...operate,
    endTemporary: (serviceId: string) => parts.temporary.endOf(serviceId),
    onDeleted: (serviceId: string) => serviceChanges.publish({ service_id: serviceId, change: 'deleted' }),
  }
  return [
    deployTask(deploy),
    rollbackTask(deploy),
    ...operateTasks(operate),
    deleteTask(deletion),
    adjustTask(operate),
    ...sleepTasks(operate),
    batchTask({ operate, tasks: parts.tasks, runner: parts.runner, deploy: parts.deployNewest, onError }),
  ]
}
