import { createHmac } from 'node:crypto'
import { instanceConfigPath, instanceSecretHeader, type Endpoint, type Json } from '@vitrine/contract'
import { requestAt } from '../../lib/endpoint-request.ts'
import { isWell } from './health-count.ts'
import { partsOfInstance } from './instance-spec.ts'
import type { Probe } from './probe.ts'

/** How long a package may take over `on_config` (Node: `onConfig`), in milliseconds. One that takes longer is replaced. */
const answerWithinMs = 10_000

/** A value of a service that is tried before it counts: sealed if it is a secret, undefined to remove it; `keep`: it stays as it is. */
export type TriedValue = { key: string; value: Json | undefined; secret: boolean; sealing?: 'keep' | 'seal' }

/** The variables of a service, as they were after a revision of the configuration, with those that are tried. */
export type VariablesOf = (input: {
  serviceId: string
  release: number
  revision: number
  /** Values that are tried before they count. */
  tried?: readonly TriedValue[]
}) => Promise<Readonly<Record<string, string>>>

/** What telling instances of changed values needs. */
export type LiveConfigDeps = {
  variablesOf: VariablesOf
  /** The secret that only the platform and one instance have. Callers reach the same path, so the instance asks for it. */
  instanceSecretOf: (instanceId: string) => Promise<string>
}

/**
 * Makes the secrets of instances from one key, so that none is stored. Another service that has the same ID later gets other secrets:
 * its instances have the same IDs too.
 */
export const instanceSecrets =
  (key: string, serviceMadeAt: (serviceId: string) => Promise<Date>) =>
  async (instanceId: string): Promise<string> => {
    const madeAt = await serviceMadeAt(partsOfInstance(instanceId).serviceId)
    return createHmac('sha256', key)
      .update(`config of ${instanceId} of ${madeAt.getTime()}`)
      .digest('base64url')
  }

/** What differs between two sets of variables. Null where one is gone. Pure. */
export function changedVariables(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return Object.fromEntries(
    names.flatMap((name) => (before[name] === after[name] ? [] : [[name, after[name] ?? null]])),
  )
}

/**
 * Tells a running instance of the values that changed between two revisions. True if it has taken them. False if its package takes
 * none while it runs, failed to, or did not answer in time: then only a new instance has the values.
 */
export async function tellInstance(
  { variablesOf, instanceSecretOf }: LiveConfigDeps,
  { id, endpoint, since, revision }: { id: string; endpoint: Endpoint; since: number; revision: number },
): Promise<boolean> {
  // On a port, another process may have taken its place, and would get the secrets of this one.
  if (!('socket' in endpoint)) return false
  const of = partsOfInstance(id)
  const changes = changedVariables(
    await variablesOf({ ...of, revision: since }),
    await variablesOf({ ...of, revision }),
  )
  const secret = await instanceSecretOf(id)
  try {
    const { statusCode, body } = await requestAt(endpoint, instanceConfigPath, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [instanceSecretHeader]: secret },
      body: JSON.stringify({ since, revision, changes }),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    await body.dump()
    return statusCode === 200
  } catch {
    // It ended, or takes too long. Either way it has not said that it has the values.
    return false
  }
}

/**
 * A probe that brings an instance to the revision that it should have, before it counts as well. A process that its runner
 * started again has the variables of its first start, and one that got a change which failed elsewhere has newer ones.
 */
export const upToDateProbe =
  (probe: Probe, deps: LiveConfigDeps & { onError: (error: unknown) => void }): Probe =>
  async (target) => {
    const result = await probe(target)
    const { revision: since } = result
    if (since === undefined || !target.instance || !isWell(result.health)) return result
    const { id } = target.instance
    // Read now: it may have changed while the instance answered.
    const revision = target.instance.revision()
    if (since === revision) return result
    try {
      await tellInstance(deps, { id, endpoint: target.endpoint, since, revision })
    } catch (error) {
      deps.onError(error)
    }
    return result
  }
