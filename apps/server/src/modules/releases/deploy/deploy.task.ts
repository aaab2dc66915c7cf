import { rm } from 'node:fs/promises'
import { deploySteps } from '@vitrine/contract'
import type { AppError } from '../../../lib/errors.ts'
import type { Words } from '../../../lib/words.ts'
import { serviceFolders } from '../../instances/instance-spec.ts'
import {
  addInstance,
  removeInstance,
  startInstance,
  type KnownInstance,
} from '../../instances/instances.usecases.ts'
import { serviceNotFound } from '../../services/services.errors.ts'
import type { TaskContext, TaskKind } from '../../tasks/task-runner.ts'
import { releaseNotFound, verificationFailed } from '../releases.errors.ts'
import { configure, enterInstance, fetchCode, prepareEnvironment } from './build.ts'
import { deployInput, type Deploy, type DeployDeps } from './deploy.types.ts'
import { retireRelease, switchOver } from './switch.ts'
import { checkGolden } from './verify.ts'

type Context = TaskContext<{ service_id: string; release: number }>

const readyWords = (seconds: string, checked: number): Words => ({
  zh: `${seconds} 秒就绪${checked > 0 ? `，${checked} 个示例结果正确` : ''}`,
  en: `ready in ${seconds} s${checked > 0 ? `; ${checked} examples give what they should` : ''}`,
})

async function load(deps: DeployDeps, context: Context): Promise<Deploy> {
  const { service_id: serviceId, release: number } = context.input
  const service = await deps.records.services.get(serviceId)
  if (!service) throw serviceNotFound({ service_id: serviceId })
  const release = await deps.records.releases.get(serviceId, number)
  if (!release) throw releaseNotFound({ service_id: serviceId, release: number })
  return { service, release, folder: serviceFolders(deps.paths, serviceId).release(number), context }
}

/** Whether an earlier try of this task came as far as switching; what is left is to finish that. */
const hasSwitched = ({ service, release }: Deploy) =>
  release.status === 'active' && service.currentRelease === release.number

/** Steps start and verify: the new instance runs beside the old one and gives what its golden examples expect. */
async function startAndVerify(deps: DeployDeps, deploy: Deploy): Promise<void> {
  const { step, signal } = deploy.context
  const instance = await step('start', async () => {
    const entered: KnownInstance = await enterInstance(deps, deploy)
    // What an earlier try of this task has started is not trusted.
    await removeInstance(deps.instances, entered.id)
    await addInstance(deps.instances, entered)
    return { message: { zh: `端口 ${entered.port}`, en: `port ${entered.port}` }, value: entered }
  })
  await step('verify', async (report) => {
    const startedAt = performance.now()
    const result = await startInstance(deps.instances, instance, {
      signal,
      onStarted: () => report({ zh: '等待 /health 回答 READY', en: 'waiting for /health to say READY' }),
    })
    if (!result.ready) throw verificationFailed({ reason: result.reason, lines: result.lines })
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const checked = await checkGolden({
      manifest: deploy.release.manifest,
      folder: deploy.folder,
      port: instance.port,
      timeoutMs: deploy.service.options.timeoutS * 1000,
      signal,
      lines: result.lines,
    })
    return { message: readyWords(seconds, checked), value: null }
  })
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
  await retireRelease(deps, serviceId, number)
  const release = await deps.records.releases.get(serviceId, number)
  // One that has served before stays what it was, with all that it needs to serve again.
  const neverServed = release?.status === 'deploying' || release?.status === 'failed'
  await deps.records.releases.update(serviceId, number, {
    ...(neverServed && { status: 'failed', environmentHash: null }),
    failure: error.messageIn('zh'),
  })
  if (neverServed)
    await rm(serviceFolders(deps.paths, serviceId).release(number), { recursive: true, force: true })
  if (service.currentRelease === null) await deps.records.services.update(serviceId, { desired: 'stopped' })
  await deps.gateway.sync()
}

/** Kind of task that builds a release and switches to it; any failure leaves the old one serving and nothing of the new one running. */
export const deployTask = (deps: DeployDeps): TaskKind<typeof deployInput> => ({
  kind: 'service.deploy',
  steps: deploySteps,
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    const { step } = context
    if (!hasSwitched(deploy)) {
      await step('fetch', () => fetchCode(deps, deploy))
      await step('environment', (report) => prepareEnvironment(deps, deploy, report))
      await step('configure', () => configure(deps, deploy))
      await startAndVerify(deps, deploy)
    }
    await step('route', () => switchOver(deps, deploy))
    return { service_id: deploy.service.id, release: deploy.release.number }
  },
  undo: ({ input, error }) => undo(deps, input, error),
})

/** Kind of task that goes back to a release that served before: its folder is still there, so nothing is built. */
export const rollbackTask = (deps: DeployDeps): TaskKind<typeof deployInput> => ({
  kind: 'service.rollback',
  steps: ['start', 'verify', 'route'],
  input: deployInput,
  run: async (context) => {
    const deploy = await load(deps, context)
    if (!hasSwitched(deploy)) await startAndVerify(deps, deploy)
    await context.step('route', () => switchOver(deps, deploy))
    return { service_id: deploy.service.id, release: deploy.release.number }
  },
  undo: ({ input, error }) => undo(deps, input, error),
})
