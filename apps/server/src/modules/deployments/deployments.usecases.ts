import { asWritten, nameTranslations, type Manifest } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { releaseFrontPort, reserveFrontPort } from '../ports/ports.usecases.ts'
import { releaseAlreadyActive, releaseNeverServed, releaseNotFound } from '../releases/releases.errors.ts'
import { changeFrontPort } from '../gateway/front-port.ts'
import { serviceIdTaken, serviceNotYours } from '../services/services.errors.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { TaskRecord } from '../tasks/task-progress.ts'
import type { ServiceOptions } from '../services/services.tables.ts'
import type { FrontPortDeps } from '../gateway/front-port.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { TaskRunner } from '../tasks/task-runner.ts'
import { loadOperable, loadService, mayOperate } from '../services/services.usecases.ts'

/** What beginning to deploy a service needs. */
export type DeployServiceDeps = FrontPortDeps & {
  services: ServicesRepository
  releases: ReleasesRepository
  runner: TaskRunner
  /** Code and manifest of an algorithm at a ref, by default its newest version. */
  getVersion: (input: {
    algorithmId: string
    ref: string | undefined
  }) => Promise<{ commit: string; manifest: Manifest }>
  defaults: {
    mode: StoredService['mode']
    frontHost: string
    ownerOf: (actor: Actor) => { id: string; name: string }
  }
}

type DeployRequest = {
  actor: Actor
  algorithmId: string
  serviceId: string
  ref?: string | undefined
  config?:
    | {
        name?: string | undefined
        port?: number | undefined
        host?: string | undefined
        timeout?: number | undefined
      }
    | undefined
  /** The port to take if it is free, where none is asked for. */
  preferredPort?: number
}

const defaultTimeoutS = 60
const defaultBodyMb = 256

function optionsOf(
  deps: DeployServiceDeps,
  request: DeployRequest,
  before: ServiceOptions | null,
): ServiceOptions {
  const base = before ?? {
    frontHost: deps.defaults.frontHost,
    auth: 'required' as const,
    timeoutS: defaultTimeoutS,
    rateLimit: null,
    bodyMb: defaultBodyMb,
  }
  return {
    ...base,
    ...(request.config?.host !== undefined && { frontHost: request.config.host }),
    ...(request.config?.timeout !== undefined && { timeoutS: request.config.timeout }),
  }
}

/** Makes the row of a new service; its port is given back where that fails. Null if the id is taken meanwhile. */
async function insertOrGiveBack(
  deps: DeployServiceDeps,
  frontPort: number,
  row: Parameters<DeployServiceDeps['services']['insert']>[0],
): Promise<StoredService | null> {
  try {
    return await deps.services.insert(row)
  } catch (error) {
    await releaseFrontPort(deps.ports, frontPort)
    throw error
  }
}

/** The row of the service to deploy to: made now, with its front port, or the one that exists with changed options. */
async function ensureService(
  deps: DeployServiceDeps,
  request: DeployRequest,
  manifest: Manifest,
): Promise<StoredService> {
  const { actor, serviceId, algorithmId, config } = request
  const existing = await deps.services.get(serviceId)
  if (existing && !mayOperate(actor, existing))
    throw serviceNotYours({ service_id: serviceId, owner: existing.ownerName })
  if (existing && existing.algorithmId !== algorithmId)
    throw serviceIdTaken({ service_id: serviceId, algorithm_id: existing.algorithmId })
  const options = optionsOf(deps, request, existing?.options ?? null)
  const translations = nameTranslations(manifest)
  const name = config?.name === undefined ? undefined : asWritten(translations, config.name)
  if (existing) {
    if (config?.port !== undefined) await changeFrontPort(deps, { ...existing, options }, config.port)
    await deps.services.update(serviceId, {
      options,
      ...(name !== undefined && { name }),
    })
    return loadService(deps, serviceId)
  }
  const frontPort = await reserveFrontPort(deps.ports, {
    host: options.frontHost,
    serviceId,
    fixed: config?.port,
    preferred: request.preferredPort,
  })
  const { id: ownerId, name: ownerName } = deps.defaults.ownerOf(actor)
  const row = {
    id: serviceId,
    algorithmId,
    desired: 'running' as const,
    mode: deps.defaults.mode,
    frontPort,
    options,
  }
  const inserted = await insertOrGiveBack(deps, frontPort, {
    ...row,
    ...{ name: name ?? manifest.name, translations },
    ownerId,
    ownerName,
  })
  if (inserted) return inserted
  // Someone else was quicker with the same id: it is theirs, and so is a port that both were given.
  if ((await loadService(deps, serviceId)).frontPort !== frontPort)
    await releaseFrontPort(deps.ports, frontPort)
  return ensureService(deps, request, manifest)
}

/** Begins a deploy: a new service, or the next release of one that exists. */
export async function deployService(deps: DeployServiceDeps, request: DeployRequest): Promise<TaskRecord> {
  const { commit, manifest } = await deps.getVersion({ algorithmId: request.algorithmId, ref: request.ref })
  const service = await ensureService(deps, request, manifest)
  const release = await deps.releases.insertNext({
    serviceId: service.id,
    ...{ commit, manifest, createdBy: request.actor.name },
    config: {
      ...service.options,
      ...{ replicas: service.replicas, mode: service.mode, limits: service.limits },
    },
  })
  return deps.runner.start({
    kind: 'service.deploy',
    serviceId: service.id,
    input: { service_id: service.id, release: release.number },
    createdBy: request.actor,
  })
}

/** Begins to go back to a release that served before. */
export async function rollbackService(
  deps: DeployServiceDeps,
  input: { actor: Actor; id: string; release: number },
): Promise<TaskRecord> {
  const service = await loadOperable(deps, input)
  const release = await deps.releases.get(service.id, input.release)
  if (!release) throw releaseNotFound({ service_id: service.id, release: input.release })
  if (release.number === service.currentRelease)
    throw releaseAlreadyActive({ service_id: service.id, release: release.number })
  if (release.status !== 'retired')
    throw releaseNeverServed({ service_id: service.id, release: release.number })
  return deps.runner.start({
    kind: 'service.rollback',
    serviceId: service.id,
    input: { service_id: service.id, release: release.number },
    createdBy: input.actor,
  })
}
