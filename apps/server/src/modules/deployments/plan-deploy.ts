import {
  asWritten,
  nameTranslations,
  type Manifest,
  type NetworkPolicy,
  type ServiceMode,
} from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { canonicalAddress } from '../../lib/machine-addresses.ts'
import { mayOpenNetwork } from '../../lib/policy.ts'
import { portHostNotPermitted } from '../ports/ports.errors.ts'
import type { FrontPortRequest } from '../ports/front-ports.ts'
import type { AskedOfService, ReleaseConfig } from '../releases/releases.tables.ts'
import { serviceIdTaken, serviceNotYours } from '../services/services.errors.ts'
import type { NewService, StoredService } from '../services/services.repository.ts'
import { usualOptions } from '../services/usual-options.ts'
import { mayOwn } from '../services/services.usecases.ts'
import type { BegunBy } from './deploy.types.ts'
import { listensAt, optionsWith } from './service-options.ts'

/** A request to deploy. */
export type DeployRequest = {
  actor: Actor
  algorithmId: string
  serviceId: string
  /** A version, branch or commit. By default the newest version. */
  ref?: string | undefined
  /**
   * Requested options of the service: title, front port, the address on which it is opened, the timeout
   * in seconds, what it reaches of the network, its runner, and variables.
   */
  config?:
    | {
        name?: string | undefined
        port?: number | undefined
        host?: string | undefined
        timeout?: number | undefined
        network?: NetworkPolicy | undefined
        mode?: ServiceMode | undefined
        env?: Readonly<Record<string, string>> | undefined
      }
    | undefined
  /** If no port is requested, a service without one gets this one if it is free. */
  preferredPort?: number
  /** Left out if a person asks for it. */
  begunBy?: BegunBy
  /**
   * Whether somebody asks for the deploy of this very code, and so gives the algorithm those of their model files that it names.
   * Otherwise only what it was given before is used.
   */
  givesModels?: boolean
}

/** The options of a new service that are values of the configuration. All others are `usualOptions`. */
export type ConfiguredOptions = {
  /** How long the gateway waits for an answer, in seconds. */
  timeoutS: number
  rateLimit: StoredService['options']['rateLimit']
  /** Minutes without a request after which it sleeps; null: never. */
  idleMinutes: number | null
}

/** The default options of a new service. */
export type ServiceDefaults = ConfiguredOptions & {
  mode: StoredService['mode']
  frontHost: string
  network: NetworkPolicy
}

/** What a deploy stores. */
export type DeployPlan = {
  serviceId: string
  /** The row of a new service without its front port. Null if the service exists. */
  newService: Omit<NewService, 'frontPort'> | null
  /** The front port to reserve. Null if the service keeps its port and its address. */
  port: FrontPortRequest | null
  /** Whether an existing service has no front port, so that it gets the reserved one at once. */
  hasNoPort: boolean
  release: {
    commit: string
    manifest: Manifest
    config: ReleaseConfig
    serviceChange: AskedOfService
    createdBy: string
  }
  /** Variables that the service gets with this release. */
  variables: Readonly<Record<string, string>>
  createdBy: Actor
  begunBy: BegunBy | null
}

type Input = {
  request: DeployRequest
  version: { commit: string; manifest: Manifest }
  existing: StoredService | null
  defaults: ServiceDefaults
}

/** The requested options of the service, with the name as in the manifest. */
function askedOf({ request, version }: Pick<Input, 'request' | 'version'>): AskedOfService {
  const { name, port, host, timeout, network, mode } = request.config ?? {}
  return {
    ...(name !== undefined && { name: asWritten(nameTranslations(version.manifest), name) }),
    ...(port !== undefined && { frontPort: port }),
    ...(host !== undefined && { frontHost: canonicalAddress(host) }),
    ...(timeout !== undefined && { timeoutS: timeout }),
    ...(network !== undefined && { network }),
    ...(mode !== undefined && { mode }),
  }
}

/**
 * The options to request again for what a release was deployed with. The inverse of what a plan stores, except that a port that
 * a service got at once is requested like any other. Pure.
 */
export const requestedBy = ({
  name,
  firstPort,
  frontPort: port = firstPort,
  frontHost: host,
  timeoutS: timeout,
  network,
  mode,
}: AskedOfService): NonNullable<DeployRequest['config']> => ({ name, port, host, timeout, network, mode })

/** The address to reserve for the next release. Null if the service has one and no other is requested. */
function nextPort(
  { preferredPort: preferred }: DeployRequest,
  existing: StoredService,
  asked: AskedOfService,
): FrontPortRequest | null {
  const { frontPort, frontHost } = asked
  const { frontHost: host } = optionsWith(existing.options, asked)
  // Its first deploy failed, and that released the port.
  if (existing.frontPort === null) return { host, serviceId: existing.id, fixed: frontPort, preferred }
  const fixed = frontPort ?? (frontHost === undefined ? null : existing.frontPort)
  if (fixed === null) return null
  return { host, serviceId: existing.id, fixed, now: listensAt(existing) }
}

/** The part of a request that the release keeps if the service gets its front port at once. */
const withFirstPort = ({ frontPort, ...others }: AskedOfService): AskedOfService => ({
  ...others,
  ...(frontPort !== undefined && { firstPort: frontPort }),
})

/** The first deploy of a service. The requested options apply at once, because nothing serves yet. */
function planFirst(input: Input): DeployPlan {
  const { request, version, defaults } = input
  const { serviceId, algorithmId, actor } = request
  const { commit, manifest } = version
  const asked = askedOf(input)
  const { frontHost, network, timeoutS, rateLimit, idleMinutes } = defaults
  const options = optionsWith({ ...usualOptions, frontHost, network, timeoutS, rateLimit }, asked)
  const { mode = defaults.mode } = asked
  return {
    serviceId,
    newService: {
      id: serviceId,
      name: asked.name ?? manifest.name,
      translations: nameTranslations(manifest),
      algorithmId,
      desired: 'running',
      mode,
      options,
      idleMinutes,
      ownerId: actor.id,
      ownerName: actor.name,
    },
    port: {
      host: options.frontHost,
      serviceId,
      fixed: asked.frontPort,
      preferred: request.preferredPort,
    },
    hasNoPort: false,
    release: {
      commit,
      manifest,
      config: { ...options, replicas: 1, mode, limits: null },
      // The other options apply at once, and nothing takes them back.
      serviceChange: withFirstPort(asked.frontPort === undefined ? {} : { frontPort: asked.frontPort }),
      createdBy: actor.name,
    },
    variables: request.config?.env ?? {},
    createdBy: actor,
    begunBy: request.begunBy ?? null,
  }
}

/** The next release of a service. The requested options are stored in the release until it serves. */
function planNext(input: Input, existing: StoredService): DeployPlan {
  const { commit, manifest } = input.version
  const { id: serviceId, replicas, limits } = existing
  const asked = askedOf(input)
  const { mode = existing.mode } = asked
  const options = optionsWith(existing.options, asked)
  const { actor } = input.request
  return {
    serviceId,
    newService: null,
    port: nextPort(input.request, existing, asked),
    hasNoPort: existing.frontPort === null,
    release: {
      commit,
      manifest,
      config: { ...options, replicas, mode, limits },
      serviceChange: existing.frontPort === null ? withFirstPort(asked) : asked,
      createdBy: actor.name,
    },
    variables: input.request.config?.env ?? {},
    createdBy: actor,
    begunBy: input.request.begunBy ?? null,
  }
}

/**
 * Throws `port.host_not_permitted` if a person who is not an administrator requests an address other
 * than the default or the service's current one.
 */
function requirePermittedHost({ request, existing, defaults, version }: Input): void {
  const { frontHost: host } = askedOf({ request, version })
  const allowed = [...new Set([defaults.frontHost, existing?.options.frontHost ?? defaults.frontHost])]
  if (host === undefined || allowed.includes(host) || mayOpenNetwork(request.actor)) return
  throw portHostNotPermitted({ host, allowed })
}

/**
 * Plans what a deploy stores. Throws `service.not_yours`, `service.id_taken` or `port.host_not_permitted`.
 * Pure.
 */
export function planDeploy(input: Input): DeployPlan {
  const { existing, request } = input
  if (!existing) {
    requirePermittedHost(input)
    return planFirst(input)
  }
  const { id, ownerName, algorithmId } = existing
  if (!mayOwn(request.actor, existing)) throw serviceNotYours({ service_id: id, owner: ownerName })
  if (algorithmId !== request.algorithmId) throw serviceIdTaken({ service_id: id, algorithm_id: algorithmId })
  requirePermittedHost(input)
  return planNext(input, existing)
}
