import type { StepOf } from '@vitrine/contract'
import type { Words } from '../../lib/words.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import type { StoredService } from '../services/services.repository.ts'
import { loadService } from '../services/services.usecases.ts'
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { releaseNotFound, verificationFailed } from '../releases/releases.errors.ts'
import { rollOut, switchTo, type Change } from '../rollouts/roll-out.ts'
import { needAddress } from '../ports/ports.usecases.ts'
import { configure, fetchCode, keepExamples, prepareEnvironment, writeSharedConfig } from './build.ts'
import { deployInput, type Deploy, type DeployDeps, type DeployInput } from './deploy.types.ts'
import { listensAt, optionsWith } from './plan-deploy.ts'
import { switchRelease } from './switch-release.ts'
import { undoDeploy } from './undo-deploy.ts'
import { checkGolden } from './verify.ts'

type Context = TaskContext<DeployInput, StepOf<'service.rollback'>>

const switchedWords = (release: number, cut: number): Words => ({
  zh: `第 ${release} 版已接收请求${cut > 0 ? `，旧版有 ${cut} 个请求超过等待时间` : ''}`,
  en: `release ${release} is taking requests${cut > 0 ? `; ${cut} requests of the old release exceeded the waiting time` : ''}`,
})

async function load(deps: DeployDeps, context: Context): Promise<Deploy> {
  const { service_id: serviceId, release: number } = context.input
  const service = await loadService(deps.records, serviceId)
  const release = await deps.records.releases.get(serviceId, number)
  if (!release) throw releaseNotFound({ service_id: serviceId, release: number })
  return { service, release, folder: serviceFolders(deps.paths, serviceId).release(number), context }
}

/** Whether an earlier attempt of this task has already switched, so that only the end is left. */
const hasSwitched = ({ service, release }: Deploy) =>
  release.status === 'active' && service.currentRelease === release.number

/**
 * Checks the requested front port and address again, because another process can have taken the port since it
 * was reserved. Throws as {@link needAddress} does.
 */
async function needAskedAddress(deps: DeployDeps, { service: { id }, release }: Deploy): Promise<void> {
  const { frontPort, frontHost } = release.serviceChange
  const service = await loadService(deps.records, id)
  const now = listensAt(service)
  const port = frontPort ?? service.frontPort
  if (port === null || (frontPort === undefined && frontHost === undefined)) return
  const { frontHost: host } = optionsWith(service.options, release.serviceChange)
  if (now?.port === port && now.host === host) return
  await needAddress(deps.ports, { host, port, serviceId: id, now })
}

/** The switch: the release serves, and the options that were requested with it take effect. */
async function settle(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { service, release } = deploy
  if (release.status === 'deploying') {
    await needAskedAddress(deps, deploy)
    // The last that can fail before the switch: media of a deploy that fails must not be shown to anybody.
    await keepExamples(deps, deploy)
  }
  await switchRelease(deps, service.id, release.number)
}

/** The change to a new release: the first instance must give the results of the golden examples. */
function changeTo(deps: DeployDeps, deploy: Deploy, service: StoredService): Change {
  const { release, folder, context } = deploy
  const timeoutMs = optionsWith(service.options, release.serviceChange).timeoutS * 1000
  return {
    service,
    release,
    context,
    check: ({ endpoint }, lines) =>
      checkGolden({
        manifest: release.manifest,
        folder,
        endpoint,
        timeoutMs,
        lines,
        signal: context.signal,
      }),
    failed: ({ reason, lines }) => verificationFailed({ reason, lines }),
    foundHealthPath: (healthPath) => deps.records.releases.update(service.id, release.number, { healthPath }),
    settle: () => settle(deps, deploy),
    switched: (left) => switchedWords(release.number, left),
  }
}

/**
 * Starts the release next to the one that serves, verifies it, and switches to it. If it has already
 * switched, only the other instances are ended.
 */
async function takeOver(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { release, context } = deploy
  // Read again, because the wishes for its instances may have changed during the build.
  const service = await loadService(deps.records, deploy.service.id)
  const change = changeTo(deps, deploy, service)
  if (hasSwitched(deploy)) {
    const rows = await deps.records.instanceRows.list(service.id)
    const others = rows.filter((row) => row.release !== release.number)
    await context.step('route', () => switchTo(deps, change, others))
  } else await rollOut(deps, change)
  // It contains the front ports, and this one may have changed. After the switch nothing comes before the gateway,
  // which still sends requests to the old instances.
  await writeSharedConfig(deps).catch(deps.onError)
  deps.onDeployed(service.id)
}

/**
 * The kind of task that builds a release and switches to it. After a failure the old release keeps serving,
 * and nothing of the new one runs.
 */
export const deployTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.deploy'> => ({
  kind: 'service.deploy',
  ...deps.builds,
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

/** The kind of task that returns to an earlier release. Its folder still exists, so nothing is built. */
export const rollbackTask = (deps: DeployDeps): TaskKind<typeof deployInput, 'service.rollback'> => ({
  kind: 'service.rollback',
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    await takeOver(deps, deploy)
    return { service_id: deploy.service.id, release: deploy.release.number }
  },
  undo: async ({ input, error, hasStarted }) => {
    // Another rollback to the same release may be running; its instances are not ours to remove.
    if (hasStarted) await undoDeploy(deps, input, error)
  },
})
