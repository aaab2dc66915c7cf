import { rm } from 'node:fs/promises'
import type { StepOf } from '@vitrine/contract'
import type { AppError } from '../../lib/errors.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { releaseNotFound, verificationFailed } from '../releases/releases.errors.ts'
import { rollOut, retireInstances, switchTo, type Change } from '../rollouts/roll-out.ts'
import { configure, fetchCode, prepareEnvironment } from './build.ts'
import { deployInput, type Deploy, type DeployDeps } from './deploy.types.ts'
import { checkGolden } from './verify.ts'

type Context = TaskContext<{ service_id: string; release: number }, StepOf<'service.rollback'>>

const switchedWords = (release: number, cut: number): Words => ({
  zh: `第 ${release} 版已接收请求${cut > 0 ? `，旧版有 ${cut} 个请求超过等待时间` : ''}`,
  en: `release ${release} takes the requests${cut > 0 ? `; ${cut} of the old one outlasted the wait` : ''}`,
})

async function loadService(deps: DeployDeps, serviceId: string): Promise<StoredService> {
  const service = await deps.records.services.get(serviceId)
  if (!service) throw serviceNotFound({ service_id: serviceId })
  return service
}

async function load(deps: DeployDeps, context: Context): Promise<Deploy> {
  const { service_id: serviceId, release: number } = context.input
  const service = await loadService(deps, serviceId)
  const release = await deps.records.releases.get(serviceId, number)
  if (!release) throw releaseNotFound({ service_id: serviceId, release: number })
  return { service, release, folder: serviceFolders(deps.paths, serviceId).release(number), context }
}

/** Whether an earlier try of this task came as far as switching; what is left is to finish that. */
const hasSwitched = ({ service, release }: Deploy) =>
  release.status === 'active' && service.currentRelease === release.number

/** What changes with a release: the first instance must give what the golden examples expect. */
function changeTo(deps: DeployDeps, deploy: Deploy, service: StoredService): Change {
  const { release, folder, context } = deploy
  const timeoutMs = service.options.timeoutS * 1000
  return {
    ...{ service, release, context },
    check: ({ endpoint }, lines) =>
      checkGolden({
        ...{ manifest: release.manifest, folder, endpoint, timeoutMs, lines },
        signal: context.signal,
      }),
    failed: ({ reason, lines }) => verificationFailed({ reason, lines }),
    settle: () => deps.records.deployments.activate(service.id, release.number),
    switched: (left) => switchedWords(release.number, left),
  }
}

/** The release comes beside what serves, proves itself, takes over; or, where it had taken over already, the others go. */
async function takeOver(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { release, context } = deploy
  // Read again: what is wanted of its instances may have changed while it was being built.
  const service = await loadService(deps, deploy.service.id)
  const change = changeTo(deps, deploy, service)
  if (hasSwitched(deploy)) {
    const rows = await deps.records.instanceRows.list(service.id)
    const others = rows.filter((row) => row.release !== release.number)
    await context.step('route', () => switchTo(deps, change, others))
  } else await rollOut(deps, change)
  deps.onDeployed(service.id)
}

async function undo(
  deps: DeployDeps,
  input: { service_id: string; release: number },
  error: AppError,
): Promise<void> {
  const { service_id: serviceId, release: number } = input
  const service = await deps.records.services.get(serviceId)
  // Once it serves, a failure in what comes after must not take it away.
  if (!service || service.currentRelease === number) return
  const rows = await deps.records.instanceRows.list(serviceId)
  const made = rows.filter((row) => row.release === number)
  const { timeoutS } = service.options
  await retireInstances(deps, made, { timeoutS, signal: new AbortController().signal })
  const release = await deps.records.releases.get(serviceId, number)
  // One that has served before stays what it was, with all that it needs to serve again.
  const neverServed = release?.status === 'deploying' || release?.status === 'failed'
  await deps.records.releases.update(serviceId, number, {
    ...(neverServed && { status: 'failed', environmentHash: null }),
    failure: wordsOfError(error),
  })
  if (neverServed)
    await rm(serviceFolders(deps.paths, serviceId).release(number), { recursive: true, force: true })
  if (service.currentRelease === null) await deps.records.services.update(serviceId, { desired: 'stopped' })
  await deps.gateway.sync()
}

/** Kind of task that builds a release and switches to it; any failure leaves the old one serving and nothing of the new one running. */
export const deployTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.deploy'> => ({
  kind: 'service.deploy',
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    const { step } = context
    if (!hasSwitched(deploy)) {
      await step('fetch', () => fetchCode(deps, deploy))
      await step('environment', (report) => prepareEnvironment(deps, deploy, report))
      await step('configure', () => configure(deps, deploy))
    }
    await takeOver(deps, deploy)
    return { service_id: deploy.service.id, release: deploy.release.number }
  },
  undo: ({ input, error }) => undo(deps, input, error),
})

/** Kind of task that goes back to a release that served before: its folder is still there, so nothing is built. */
export const rollbackTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.rollback'> => ({
  kind: 'service.rollback',
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    await takeOver(deps, deploy)
    return { service_id: deploy.service.id, release: deploy.release.number }
  },
  undo: ({ input, error }) => undo(deps, input, error),
})
