import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openDocker } from '../adapters/docker/docker-client.ts'
import { certificatesProblem } from '../adapters/docker/docker-certificates.ts'
import { dockerHostOf } from '../adapters/docker/docker-host.ts'
import { pingDocker } from '../adapters/docker/ping-docker.ts'
import { readOwnNamespace } from '../adapters/kubernetes/kubeconfig.ts'
import type { LogRotation } from '../adapters/log-files/log-rotation.ts'
import { dockerRunner } from '../adapters/process-runner/docker/docker-runner.ts'
import type { PortSource } from '../adapters/process-runner/process-runner.ts'
import type { ModeDriver } from '../adapters/process-runner/runners.ts'
import { SettingsError } from '../config.ts'
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

/** The folders with the keys for daemons, where they really are. No program of a package sees them, wherever somebody has put them. */
export async function keyFoldersOf({
  VITRINE_DOCKER_CERTS: docker,
  VITRINE_KUBERNETES_BUILDER_CERTS: builder,
}: Pick<DriverInput['settings'], 'VITRINE_DOCKER_CERTS' | 'VITRINE_KUBERNETES_BUILDER_CERTS'>): Promise<
  string[]
> {
  const named = [docker, builder].filter((folder) => folder !== undefined)
  // One that is not there has nothing to hide.
  const found = await Promise.all(named.map((folder) => realpath(folder).catch(() => null)))
  return found.filter((folder) => folder !== null)
}

/** Throws if the certificates of the settings cannot be used. */
async function checkCertificates({
  VITRINE_DOCKER_CERTS: folder,
}: Pick<DriverInput['settings'], 'VITRINE_DOCKER_CERTS'>): Promise<void> {
  const problem = folder === undefined ? null : await certificatesProblem(folder)
  if (problem !== null) throw new SettingsError([`VITRINE_DOCKER_CERTS: ${problem}`])
}

/**
 * The runner for Docker. It is offered if Docker was named in the settings, if containers may be left there, or as soon as
 * a daemon answers, so one that starts later needs no restart of the platform. One whose socket the platform may not open, or whose
 * certificates do not fit, is not offered before that is so.
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
  const host = dockerHostOf(settings)
  await checkCertificates(settings)
  const folder = join(paths.run, 'docker')
  const wasUsed = () => holdsRecords(folder)
  const ending = new AbortController()
  shutdown.add('search for Docker', async () => ending.abort())

  async function appear(): Promise<void> {
    while ((await pingDocker(host)).answer !== 'answers')
      await delay(askAgainMs, undefined, { signal: ending.signal, ref: false })
  }
  const { answer } = await pingDocker(host)
  const isNamed = settings.VITRINE_DOCKER_HOST !== undefined && answer !== 'closed' && answer !== 'refused'
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
