import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { platformActor } from '../lib/actor.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import { pathExists } from '../lib/path-exists.ts'
import { deployExamples } from '../lifecycle/deploy-examples.ts'
import { deployExamplesThrough } from '../lifecycle/resume-examples.ts'
import { registerFolder } from '../modules/algorithms/store-package.ts'
import { deployService } from '../modules/deployments/deployments.usecases.ts'
import { hasEnded } from '../modules/tasks/task-progress.ts'
import type { Modules } from './modules.ts'

async function isTaken({ repositories }: Modules, id: string): Promise<boolean> {
  const [service, algorithm] = await Promise.all([
    repositories.services.get(id),
    repositories.algorithmRows.get(id),
  ])
  const owners = [service?.ownerId, algorithm?.row.ownerId]
  return owners.some((owner) => owner !== undefined && owner !== platformActor.id)
}

async function standingOf({ repositories }: Modules, id: string) {
  const service = await repositories.services.get(id)
  const version = (await repositories.algorithmRows.get(id))?.latest
  if (!service || !version) return null
  if (service.currentRelease !== null)
    return service.desired === 'running' ? { version, hasFailed: false } : null
  const ofService = { serviceId: id, createdById: null, within: null }
  const { items } = await repositories.tasks.list(ofService, { limit: 1, offset: 0 })
  return items[0]?.state === 'failed' ? { version, hasFailed: true } : null
}

/** The pause before examples are tried again during which the database did not answer, and before a task is looked at again. */
const pauseMs = 60_000

/** Waits until a task has ended. If its end could not be stored, the rounds of the platform carry it out again. */
async function endOf({ taskRunner, repositories }: Modules, id: string, signal: AbortSignal) {
  for (;;) {
    await taskRunner.settled(id)
    const task = (await repositories.tasks.get(id))?.task
    if (!task || hasEnded(task)) return task?.error?.code ?? null
    await pause(pauseMs, undefined, { signal, ref: false })
  }
}

/**
 * Creates the function that deploys the examples, and those again that the database interrupted. Calls look at them one after the other.
 * Failures are logged.
 */
export function examplesOf(
  modules: Modules,
  { folder, logger, signal }: { folder: string; logger: Logger; signal: AbortSignal },
): () => Promise<void> {
  const deps = {
    configs: modules.configs,
    registerFolder: (input: Parameters<typeof registerFolder>[1]) =>
      registerFolder(modules.algorithms, input),
    deploy: (input: Parameters<typeof deployService>[1]) => deployService(modules.services, input),
    isTaken: (id: string) => isTaken(modules, id),
    standing: (id: string) => standingOf(modules, id),
    machine: {
      hasFile: pathExists,
      hasPythonModule: (name: string) => modules.environments.hasModule(name),
    },
    logger,
  }
  const queue = keyedQueue()
  const deploy = () => queue.run('examples', () => deployExamples(deps, folder))
  return () =>
    deployExamplesThrough({ deploy, endOf: (id) => endOf(modules, id, signal), pauseMs }, signal).catch(
      (error: unknown) => {
        if (!signal.aborted) logger.error({ err: error }, 'deploying the examples failed')
      },
    )
}
