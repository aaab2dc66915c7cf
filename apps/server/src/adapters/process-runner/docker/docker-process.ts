import type { ProcessState } from '@vitrine/contract'
import { whoListens } from '../../../lib/procfs/port-ownership.ts'
import { dockerSaid } from '../../docker/docker-client.ts'
import type { EngineProcess } from '../frame/engine-sight.ts'
import { ProcessLife } from '../frame/process-life.ts'
import { processReport } from '../frame/process-report.ts'
import type { LostPort } from '../port-decision.ts'
import { endpointOf } from '../process-endpoint.ts'
import { recordLoss } from '../process-port.ts'
import type { ProcessRecord } from '../process-records.ts'
import type { ProcessReport } from '../process-runner.ts'
import {
  amendExit,
  exitOf,
  isInside,
  saysPortTaken,
  startFailureOf,
  unseenEnd,
  type ContainerEnd,
} from './container-exit.ts'
import {
  generationOf,
  isEndKnown,
  isOfEndedLife,
  isOverdue,
  passedLife,
  restartsSince,
  type KnownContainer,
} from './container-lives.ts'
import type { ContainerFacts } from './docker-engine.ts'
import type { ContainerEvent } from './docker-events.ts'
import type { DockerProcessHost } from './docker-process-host.ts'
import { removeContainer, runContainer } from './own-container.ts'

/**
 * One container over its lives. Docker restarts a container after an exit; if Docker gives up, the container is started
 * from here.
 */
export class DockerProcess implements EngineProcess {
  readonly record: ProcessRecord
  readonly #host: DockerProcessHost
  readonly #life: ProcessLife
  #pid: number | null = null
  #isOutOfMemory = false

  constructor(record: ProcessRecord, host: DockerProcessHost) {
    this.record = record
    this.#host = host
    this.#life = new ProcessLife(record, host, (state) => this.#reportIn(state))
  }

  report(): ProcessReport {
    return this.#life.report()
  }
  tell(): void {
    this.#life.tell()
  }

  #reportIn(state: ProcessState): ProcessReport {
    const { record } = this
    const { ports, isAway } = this.#host
    const generation = generationOf(record.container)
    return processReport(record, {
      state,
      generation,
      pid: generation === null ? null : this.#pid,
      endpoint: endpointOf(record, ports.host),
      away: isAway() ? { code: 'engine_away' } : null,
    })
  }

  async start(): Promise<void> {
    if (this.#life.isWanted && this.#life.isAlive) return
    await this.#host.engine.ping()
    if (this.#life.state === 'STOPPING') await this.#endUnwanted()
    await this.#choosePort()
    await this.#life.want()
    await this.#launch()
  }

  async stop(): Promise<void> {
    await this.#life.unwant()
    await this.#endUnwanted()
  }

  release(): void {
    this.#life.release()
  }

  close(): Promise<void> {
    return this.#host.log.close()
  }

  async forget(): Promise<void> {
    this.#host.log.forget()
    await this.#host.ports.release(this.record.spec.id)
  }

  /**
   * Whether its known state may differ from that in Docker. `alive` are the containers that were running when Docker
   * was asked at `askedAt`.
   */
  needsLook(alive: ReadonlySet<string>, askedAt: number): boolean {
    const isNewer = (this.record.startedAt ?? 0) >= askedAt
    if (!this.#life.isWanted || this.#life.next.isStart || isNewer) return false
    return !alive.has(this.record.container?.id ?? '') || isOverdue(this.record, askedAt)
  }

  async look(): Promise<void> {
    const { record } = this
    const life = this.#life
    const facts = record.container && (await this.#host.engine.facts(record.container.id))
    if (!life.isWanted) return facts || life.state === 'STOPPING' ? this.#endUnwanted() : undefined
    if (life.next.isStart) return
    if (facts?.state === 'running') return this.#lives(facts)
    if (life.isAlive) await this.#recordExit(facts ?? unseenEnd)
    if (facts?.state === 'restarting' || !life.isWanted) return
    if (facts && saysPortTaken(facts.error)) return this.#losePort()
    await this.#restart()
  }

  /** Handles an event of its container. The event may arrive after a check has already found the change. */
  async onEvent(event: ContainerEvent): Promise<void> {
    const { container } = this.record
    if (!container || container.id !== event.container || !this.#life.isWanted) return
    if (event.action === 'destroy') return this.look()
    if (event.action === 'oom' || event.action === 'die')
      return isOfEndedLife(event, container) ? this.#amendExit(event) : this.#onEnd(event, container)
    if (event.action === 'start') await this.#onStart(event, container)
  }

  /** The start of an already known life says nothing new. A life that is over has ended before its next event. */
  async #onStart({ at }: ContainerEvent, container: KnownContainer): Promise<void> {
    const facts = container.hasEnded && (await this.#host.engine.facts(container.id))
    if (!facts || facts.startedAt === container.startedAt) return
    if (Date.parse(facts.startedAt) <= at) return this.#lives(facts)
    if (container.startedAt !== '') this.record.restarts += 1
    this.record.container = passedLife(container, at)
    this.record.startedAt = at
  }

  async #onEnd({ action, exitCode }: ContainerEvent, { id, startedAt }: KnownContainer): Promise<void> {
    if (action === 'oom') this.#isOutOfMemory = true
    if (action !== 'die') return
    // Until its next start, its state in Docker also shows whether memory was the reason.
    const facts = await this.#life.orElse(null, this.#host.engine.facts(id))
    const isSameLife = facts?.startedAt === startedAt
    const isOutOfMemory = this.#isOutOfMemory || (isSameLife && facts.isOutOfMemory)
    await this.#recordExit({ exitCode, isOutOfMemory })
  }

  async #amendExit({ action, exitCode }: ContainerEvent): Promise<void> {
    if (!amendExit(this.record, { exitCode, isOutOfMemory: action === 'oom' })) return
    await this.#host.save()
    this.tell()
  }

  /** Chooses the port right before each start, because a port that was free before may be taken by now. */
  async #choosePort(): Promise<void> {
    const { record } = this
    const { id, listens } = record.spec
    if (listens) record.port = await this.#host.ports.portFor(id, record.port, record.lostPort)
  }

  /** Records that a container is running: the already known life, or the next one after Docker has restarted it. */
  async #lives(facts: ContainerFacts): Promise<void> {
    const { record } = this
    const restarts = restartsSince(record.container, facts)
    if (restarts > 0 && !isEndKnown(record.container)) await this.#recordExit(await this.#recallEnd(facts))
    if (!this.#life.isWanted) return
    record.restarts += restarts
    const { id, startedAt, restartCount } = facts
    record.container = { id, startedAt, restartCount, hasEnded: false }
    record.startedAt = Date.parse(startedAt)
    record.lostPort = null
    this.#isOutOfMemory = false
    this.#pid = isInside(facts.pid, id) ? facts.pid : null
    await this.#host.save()
    this.#host.log.follow(id)
    this.#life.move('start')
    const generation = generationOf(record.container)
    await this.#life.settle(() => generationOf(record.container) === generation)
  }

  /** How the life before this one ended: the event of it is late, or was sent while nobody listened. */
  async #recallEnd({ id, startedAt }: ContainerFacts): Promise<ContainerEnd> {
    const since = this.record.startedAt ?? 0
    const end = this.#host.engine.endOf(id, since, Date.parse(startedAt))
    return (await this.#life.orElse(null, end)) ?? unseenEnd
  }

  /** Makes a container and starts it. Rejects if a foreign one has its name, or if Docker is away. */
  async #launch(): Promise<void> {
    this.record.startedAt = Date.now()
    this.#life.move('start')
    try {
      const facts = await runContainer(this.record, this.#host)
      // Docker may have restarted it by now. Its events report one life after the other.
      if (facts?.restartCount === 0) await this.#lives(facts)
    } catch (error) {
      await this.#startFailed(error)
    }
  }

  async #startFailed(error: unknown): Promise<void> {
    const failure = startFailureOf(error)
    if (failure === 'port') return this.#losePort()
    if (failure === 'away') this.#life.move('exited')
    if (failure === 'name') {
      // The platform may not remove a foreign container, so the start is not repeated automatically.
      this.record.fatal = { code: 'spawn_failed', errno: null, said: dockerSaid(error) }
      await this.#host.save()
      this.#life.move('gave_up')
    }
    if (failure === 'away' || failure === 'name') throw error
    this.#host.onError(error)
    const pauseMs = await this.#recordExit({ exitCode: 127, isOutOfMemory: false, spawnFailed: failure })
    if (pauseMs !== null) this.#life.next.start(pauseMs, () => this.#restart())
  }

  /** Another process has the port: a start with another one, after a pause if that happens again and again. */
  async #losePort(): Promise<void> {
    const { record } = this
    if (record.port === null) return this.#restart()
    const found = await whoListens(record.port)
    const lost: LostPort = { port: record.port, by: typeof found === 'object' ? found : null }
    await this.#life.lostPort(recordLoss(record, lost, Date.now()) ?? 0, () => this.#launchAgain())
  }

  /** Returns the pause before the next start, for one that Docker does not start; null if it is given up. */
  async #recordExit(seen: ContainerEnd): Promise<number | null> {
    this.#pid = null
    return this.#life.exited(exitOf(seen, this.record, Date.now()), async (isGivenUp) => {
      // Docker would start it again for ever.
      if (isGivenUp) await this.#removeContainer(0)
    })
  }

  async #restart(): Promise<void> {
    this.record.restarts += 1
    await this.#launchAgain()
  }
  /** Starts it again. This may fail because there is no free port or Docker does not answer. */
  #launchAgain(): Promise<void> {
    return this.#life.keepStarting(async () => {
      await this.#choosePort()
      await this.#launch()
    })
  }

  /** Ends the container of a process that is stopped or given up. If Docker goes away meanwhile, `look` does it again. */
  async #endUnwanted(): Promise<void> {
    await this.#removeContainer(this.record.spec.stopGraceMs)
    await this.#life.gone()
  }
  async #removeContainer(graceMs: number): Promise<void> {
    await removeContainer(this.record, this.#host, graceMs)
    this.#pid = null
  }
}
