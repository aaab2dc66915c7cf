import { once } from 'node:events'
import { access } from 'node:fs/promises'
import type { ServiceHealth } from '@vitrine/contract'
import type { Logger } from 'pino'
import { instanceHost, instanceSpec, temporaryInstanceId } from '../instances/instance-spec.ts'
import {
  addInstance,
  removeInstance,
  startInstance,
  type InstancesDeps,
  type KnownInstance,
} from '../instances/instances.usecases.ts'
import { wordsOf } from '../../lib/words.ts'
import { temporaryLogPart } from '../instances/log-names.ts'
import { reasonWords } from '../instances/reason.ts'
import { reservePort, type PortsDeps } from '../ports/ports.usecases.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { serviceNotReady, startFailed } from '../services/services.errors.ts'
import { releaseNotKept } from './runs.errors.ts'

type Deps = { instances: InstancesDeps; ports: PortsDeps; logger: Logger }

type Entry = {
  id: string
  serviceId: string
  users: number
  /** Resolves with its port when it takes requests. */
  ready: Promise<number>
  stop: AbortController
  idle: NodeJS.Timeout | null
  /** Set once it is being ended; resolves when nothing of it is left. */
  ended: Promise<void> | null
}

/** Health of a process that lives and has been ready. */
const answers: ReadonlySet<ServiceHealth> = new Set(['READY', 'BUSY', 'UNHEALTHY'])

const defaults = { atMost: 3, idleMs: 2 * 60_000 }

/** Instances of releases that do not serve, for as long as runs need them. */
export type TemporaryInstances = ReturnType<typeof createTemporaryInstances>

/**
 * Runs releases that do not serve, from their kept folders, for who asks: one instance a release, `atMost` at once, ended
 * `idleMs` after its last use. They are nobody's upstreams and in no row, so an ended control plane leaves only processes that the
 * reconciler removes and ports that the ledger takes for unclaimed.
 */
export function createTemporaryInstances(deps: Deps, limits = defaults) {
  const entries = new Map<string, Entry>()
  const changes = new EventTarget()
  let closed = false

  async function begin(release: StoredRelease, id: string, signal: AbortSignal): Promise<number> {
    const { serviceId, number } = release
    const settings = deps.instances.settings
    const { file } = instanceSpec(settings, {
      ...{ id, serviceId, release: number, replica: 1, port: 0, token: '' },
      limits: {},
    })
    await access(file).catch((error: unknown) => {
      throw releaseNotKept({ service_id: serviceId, release: number }, error)
    })
    const owner = { serviceId, instance: { id, release: number } }
    const port = await reservePort(deps.ports, { host: instanceHost, owner })
    const { health, resources } = release.manifest
    const logPart = temporaryLogPart(number)
    const named = { id, serviceId, release: number, replica: 1, logPart, mode: deps.instances.runner.kind }
    const instance: KnownInstance = { ...named, port, health, limits: resources, temporary: true }
    await removeInstance(deps.instances, id)
    await addInstance(deps.instances, instance)
    const result = await startInstance(deps.instances, instance, { signal })
    if (!result.ready)
      throw startFailed({ service_id: serviceId, reason: result.reason, lines: result.lines })
    return port
  }

  async function tearDown(entry: Entry): Promise<void> {
    if (entry.idle) clearTimeout(entry.idle)
    entry.stop.abort()
    // A start under way must have come to its end, or it would add what is removed here.
    await entry.ready.catch(() => {})
    await removeInstance(deps.instances, entry.id)
    await deps.ports.ports.releaseInstance(entry.id)
  }

  /** Ends an instance; repeated calls share one end. */
  function end(entry: Entry): Promise<void> {
    entry.ended ??= tearDown(entry)
      .catch((error: unknown) =>
        deps.logger.error({ err: error, instance: entry.id }, 'ending a temporary instance failed'),
      )
      .finally(() => {
        entries.delete(entry.id)
        changes.dispatchEvent(new Event('change'))
      })
    return entry.ended
  }

  function add(release: StoredRelease, id: string): Entry {
    const stop = new AbortController()
    const entry: Entry = {
      id,
      serviceId: release.serviceId,
      users: 0,
      ready: begin(release, id, stop.signal),
      ...{ stop, idle: null, ended: null },
    }
    entries.set(id, entry)
    entry.ready.catch(() => void end(entry))
    return entry
  }

  /** The entry to use now, or null when there is no room before something changes. */
  function find(release: StoredRelease): Entry | null {
    const id = temporaryInstanceId(release.serviceId, release.number)
    const known = entries.get(id)
    if (known) return known.ended ? null : known
    if (entries.size < limits.atMost) return add(release, id)
    const unused = [...entries.values()].find((entry) => entry.users === 0 && !entry.ended)
    if (unused) void end(unused)
    return null
  }

  function leave(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0 || entry.ended) return
    entry.idle = setTimeout(() => void end(entry), limits.idleMs)
    changes.dispatchEvent(new Event('change'))
  }

  async function use(entry: Entry, signal: AbortSignal): Promise<{ port: number; leave: () => void }> {
    entry.users += 1
    if (entry.idle) clearTimeout(entry.idle)
    const cut = new AbortController()
    const gone = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: cut.signal }),
    )
    try {
      const port = await Promise.race([entry.ready, gone])
      const live = deps.instances.board.get(entry.id)
      // It may have broken since; its process counts as STARTING for a second while it answers already.
      if (!live || !answers.has(live.health))
        throw serviceNotReady({
          service_id: entry.serviceId,
          reason: live?.reason ? reasonWords(live.reason) : wordsOf('STOPPED'),
        })
      return { port, leave: () => leave(entry) }
    } catch (error) {
      leave(entry)
      throw error
    } finally {
      cut.abort()
    }
  }

  return {
    /** A port of an instance of a release, started if there is none; waits for room. Rejects when `signal` aborts. */
    async lease(release: StoredRelease, signal: AbortSignal): Promise<{ port: number; leave: () => void }> {
      for (;;) {
        signal.throwIfAborted()
        if (closed) throw serviceNotReady({ service_id: release.serviceId, reason: wordsOf('STOPPING') })
        const entry = find(release)
        if (entry) return use(entry, signal)
        await once(changes, 'change', { signal })
      }
    },
    /** Those that the reconciler must leave alone. */
    ids: (): ReadonlySet<string> => new Set(entries.keys()),
    /** Ends those of a service that is gone. */
    async endOf(serviceId: string): Promise<void> {
      await Promise.all([...entries.values()].filter((entry) => entry.serviceId === serviceId).map(end))
    },
    /** Ends all of them. */
    async close(): Promise<void> {
      closed = true
      await Promise.all([...entries.values()].map(end))
    },
  }
}
