import type { StepOf } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { serviceNotFound } from '../services/services.errors.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { releaseNotFound, verificationFailed } from '../releases/releases.errors.ts'
import { rollOut, switchTo, type Change } from '../rollouts/roll-out.ts'
import { takenFrontPort } from '../ports/ports.usecases.ts'
import { configure, fetchCode, prepareEnvironment, writeSharedConfig } from './build.ts'
import { deployInput, type Deploy, type DeployDeps, type DeployInput } from './deploy.types.ts'
import { optionsWith } from './plan-deploy.ts'
import { switchRelease } from './switch-release.ts'
import { undoDeploy } from './undo-deploy.ts'
import { checkGolden } from './verify.ts'

type Context = TaskContext<DeployInput, StepOf<'service.rollback'>>

const switchedWords = (release: number, cut: number): Words => ({
  zh: `第 ${release} 版已接收请求${cut > 0 ? `，旧版有 ${cut} 个请求超过等待时间` : ''}`,
  en: `release ${release} is taking requests${cut > 0 ? `; ${cut} requests of the old release exceeded the waiting time` : ''}`,
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

/** Throws `port.taken` where a stranger has taken the front port that a release asks for since it was reserved. */
async function needAskedPort(deps: DeployDeps, { service, release }: Deploy): Promise<void> {
  const { frontPort } = release.serviceChange
  const now = await loadService(deps, service.id)
  if (frontPort === undefined || frontPort === now.frontPort) return
  const { frontHost } = optionsWith(now.options, release.serviceChange)
  if (!(await deps.ports.probe.isFree(frontHost, frontPort)))
    throw await takenFrontPort(deps.ports, frontHost, frontPort)
}

/** The switch: the release serves, and what was asked of the service with it is in effect. */
async function settle(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { service, release } = deploy
  if (release.status === 'deploying') await needAskedPort(deps, deploy)
  await switchRelease(deps, service.id, release.number)
  // It names the front ports, and this one may be another now.
  await writeSharedConfig(deps)
}

/** What changes with a release: the first instance must give what the golden examples expect. */
function changeTo(deps: DeployDeps, deploy: Deploy, service: StoredService): Change {
  const { release, folder, context } = deploy
  const timeoutMs = optionsWith(service.options, release.serviceChange).timeoutS * 1000
  return {
    ...{ service, release, context },
    check: ({ endpoint }, lines) =>
      checkGolden({
        ...{ manifest: release.manifest, folder, endpoint, timeoutMs, lines },
        signal: context.signal,
      }),
    failed: ({ reason, lines }) => verificationFailed({ reason, lines }),
    settle: () => settle(deps, deploy),
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
  undo: ({ input, error }) => undoDeploy(deps, input, error),
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
  undo: ({ input, error }) => undoDeploy(deps, input, error),
})
