import { access } from 'node:fs/promises'
import type { ServiceHealth } from '@vitrine/contract'
import type { InstanceEndpoint } from '@vitrine/contract/port-listener'
import type { Logger } from 'pino'
import { serviceFolders, startFile } from '../../instances/instance-spec.ts'
import { addInstance, removeInstance, type InstancesDeps } from '../../instances/instances.usecases.ts'
import { startInstance } from '../../instances/start-instance.ts'
import type { KnownInstance } from '../../instances/known-instance.ts'
import { wordsOf } from '../../../lib/words.ts'
import { temporaryLogPart } from '../../instances/log-names.ts'
import { reasonWords } from '../../instances/reason.ts'
import type { StoredRelease } from '../../releases/releases.repository.ts'
import { serviceNotReady, startFailed } from '../../services/services.errors.ts'
import type { ServicesRepository } from '../../services/services.repository.ts'
import { loadService } from '../../services/services.usecases.ts'
import type { AppError } from '../../../lib/errors.ts'
import type { Leaser, RunInstance } from '../run-instance.ts'
import { modeOf } from '../../releases/mode-of.ts'
import { releaseNotKept } from '../runs.errors.ts'

/** What starting and ending temporary instances needs. */
export type TemporaryInstanceDeps = {
  instances: InstancesDeps
  services: Pick<ServicesRepository, 'get'>
  logger: Logger
}

/** The health of a process that runs and has been ready. */
const answers: ReadonlySet<ServiceHealth> = new Set(['READY', 'BUSY', 'UNHEALTHY'])

/** Starts an instance of a release from its stored folder. Resolves when it takes requests. */
async function startRelease(
  deps: TemporaryInstanceDeps,
  release: StoredRelease,
  asked: { id: string; signal: AbortSignal },
): Promise<void> {
  const { id, signal } = asked
  const { serviceId, number } = release
  const { paths } = deps.instances.settings
  await access(startFile(serviceFolders(paths, serviceId).release(number))).catch((error: unknown) => {
    throw releaseNotKept({ service_id: serviceId, release: number }, error)
  })
  const { health, resources } = release.manifest
  // These are the options that the service has now, not those that the release was deployed with.
  const { options, limits, configRevision } = await loadService(deps, serviceId)
  const { network } = options
  const logPart = temporaryLogPart(number)
  const named = {
    id,
    serviceId,
    release: number,
    replica: 1,
    logPart,
    mode: modeOf(release, deps.instances.runner.kind),
  }
  const instance: KnownInstance = {
    ...named,
    health,
    limits: limits ?? resources,
    network,
    configRevision,
    image: release.image,
    temporary: true,
  }
  await removeInstance(deps.instances, id)
  await addInstance(deps.instances, instance)
  const result = await startInstance(deps.instances, instance, { signal })
  if (!result.ready) throw startFailed({ service_id: serviceId, reason: result.reason, lines: result.lines })
}

/** One instance of a release that does not serve. It ends `idleMs` milliseconds after its last use. */
export class TemporaryInstance {
  readonly id: string
  readonly serviceId: string
  readonly release: number
  readonly #deps: TemporaryInstanceDeps
  readonly #options: { idleMs: number; onUnused: () => void; onEnded: () => void }
  readonly #stop = new AbortController()
  /** Resolves when it takes requests. */
  readonly #ready: Promise<void>
  /** The runs that use it or wait for its start, in the order in which they came. */
  readonly #users = new Set<Leaser>()
  #usedSince: number | null = null
  #idle: NodeJS.Timeout | undefined
  /** Set when the instance begins to end. Resolves when everything of it has been removed. */
  #ended: Promise<void> | null = null
  #lost: AppError | null = null

  /**
   * Starts the instance. `onUnused` is called when nobody uses it any more. `onEnded` is called when
   * everything of it has been removed, also after a failed start.
   */
  constructor(
    deps: TemporaryInstanceDeps,
    of: { id: string; release: StoredRelease },
    options: { idleMs: number; onUnused: () => void; onEnded: () => void },
  ) {
    this.id = of.id
    this.serviceId = of.release.serviceId
    this.release = of.release.number
    this.#deps = deps
    this.#options = options
    this.#ready = startRelease(deps, of.release, { id: of.id, signal: this.#stop.signal })
    this.#ready.catch(() => void this.end())
  }

  /** Whether nobody uses it and it is not ending yet. */
  get isUnused(): boolean {
    return this.#users.size === 0 && !this.isEnding
  }

  /** The person whose place it takes: the first of its present users. Null if it has none. */
  get holder(): string | null {
    const [first] = this.#users
    return first?.person ?? null
  }

  /** Since when somebody uses it or waits for its start, by `performance.now()`. Null while nobody does. */
  get usedSince(): number | null {
    return this.#usedSince
  }

  get isEnding(): boolean {
    return this.#ended !== null
  }

  /** The instance, once it takes requests. Rejects if it does not start, or when the signal aborts. */
  async use({ person, signal }: Leaser): Promise<RunInstance> {
    const user = { person, signal }
    this.#users.add(user)
    this.#usedSince ??= performance.now()
    clearTimeout(this.#idle)
    const cut = new AbortController()
    const gone = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: cut.signal }),
    )
    try {
      await Promise.race([this.#ready, gone])
      const giveBack = () => this.#giveBack(user)
      return { instanceId: this.id, ...this.#answering(), giveBack, lost: () => this.#lost }
    } catch (error) {
      this.#giveBack(user)
      throw signal.aborted ? error : (this.#lost ?? error)
    } finally {
      cut.abort()
    }
  }

  /** Ends the instance. Repeated calls share one end. `lost` is the error of the runs that it ends. */
  end(lost: AppError | null = null): Promise<void> {
    if (this.#ended) return this.#ended
    this.#lost = lost
    this.#ended = this.#tearDown()
      .catch((error: unknown) =>
        this.#deps.logger.error({ err: error, instance: this.id }, 'ending a temporary instance failed'),
      )
      .finally(this.#options.onEnded)
    return this.#ended
  }

  /**
   * Its address and process. Throws `service.not_ready` if it has failed since its start. Its process counts as
   * STARTING for a second although it already answers.
   */
  #answering(): { endpoint: InstanceEndpoint; generation: string | null } {
    const live = this.#deps.instances.monitor.get(this.id)
    if (live?.endpoint && answers.has(live.health))
      return { endpoint: live.endpoint, generation: live.report?.generation ?? null }
    const reason = live?.reason ? reasonWords(live.reason) : wordsOf('STOPPED')
    throw serviceNotReady({ service_id: this.serviceId, reason })
  }

  #giveBack(user: Leaser): void {
    this.#users.delete(user)
    if (this.#users.size > 0) return
    this.#usedSince = null
    if (this.isEnding) return
    this.#idle = setTimeout(() => void this.end(), this.#options.idleMs)
    this.#options.onUnused()
  }

  async #tearDown(): Promise<void> {
    clearTimeout(this.#idle)
    this.#stop.abort()
    // A start in progress must end first, or it would add what is removed here.
    await this.#ready.catch(() => {})
    await removeInstance(this.#deps.instances, this.id)
  }
}
