import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openDocker } from '../adapters/docker/docker-client.ts'
import { defaultDockerHost } from '../adapters/docker/docker-host.ts'
import { pingDocker } from '../adapters/docker/ping-docker.ts'
import { readOwnNamespace } from '../adapters/kubernetes/kubeconfig.ts'
import type { LogRotation } from '../adapters/log-files/log-rotation.ts'
import { dockerRunner } from '../adapters/process-runner/docker/docker-runner.ts'
import type { PortSource } from '../adapters/process-runner/process-runner.ts'
import type { ModeDriver } from '../adapters/process-runner/runners.ts'
import type { DriverInput } from './driver-input.ts'

const askAgainMs = 15_000

/**
 * Tells the containers, pods and images of platforms apart that share a machine or a namespace for services. A copy of a data folder is another
 * platform. All that run in a cluster have the same folder, and namespaces of their own.
 */
export async function platformOf({
  paths,
  env,
}: Pick<DriverInput, 'env'> & { paths: Pick<DriverInput['paths'], 'root'> }): Promise<string> {
  const namespace = await readOwnNamespace(env)
  const place = resolve(paths.root)
  const text = namespace === null ? place : `${namespace} ${place}`
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/**
 * The runner for Docker. It is offered if Docker was named in the settings, if containers may be left there, or as soon as
 * a daemon answers, so one that starts later needs no restart of the platform. One whose socket the platform may not open is not
 * offered before it may.
 */
export async function dockerDriver(
  { settings, paths, env, shutdown }: Pick<DriverInput, 'settings' | 'paths' | 'env' | 'shutdown'>,
  deps: {
    ports: PortSource
    logRotation: LogRotation
    holdsRecords: (folder: string) => Promise<boolean>
    onError: (error: unknown) => void
  },
): Promise<ModeDriver> {
  const { holdsRecords, ...others } = deps
  const host = settings.VITRINE_DOCKER_HOST ?? defaultDockerHost
  const folder = join(paths.run, 'docker')
  const wasUsed = () => holdsRecords(folder)
  const ending = new AbortController()
  shutdown.add('search for Docker', async () => ending.abort())

  async function appear(): Promise<void> {
    while ((await pingDocker(host)) !== 'answers')
      await delay(askAgainMs, undefined, { signal: ending.signal, ref: false })
  }
  const answer = await pingDocker(host)
  const isNamed = settings.VITRINE_DOCKER_HOST !== undefined && answer !== 'closed'
  const isKnown = isNamed || answer === 'answers' || (await wasUsed())
  return {
    mode: 'docker',
    wasUsed,
    make: async () =>
      dockerRunner({
        docker: await openDocker(host),
        folder,
        platform: await platformOf({ paths, env }),
        ...others,
      }),
    appears: isKnown ? null : appear(),
  }
}
