import type { ProcessState } from '@vitrine/contract'
import { whoListens } from '../../../lib/procfs/port-ownership.ts'
import { afterExit, recentExits } from '../crash-loop.ts'
import { dockerSaid } from '../../docker/docker-client.ts'
import { nextState, type ProcessEvent } from '../next-state.ts'
import { reportOrElse } from '../or-else.ts'
import type { LostPort } from '../port-decision.ts'
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
import { containerOptions } from './container-options.ts'
import type { ContainerEvent, ContainerFacts } from './docker-engine.ts'
import type { DockerProcessHost } from './docker-process-host.ts'
import { dockerReport } from './docker-report.ts'
import { NextStep } from '../next-step.ts'

/**
 * The life of one container: its record, state and timers. Its methods are called in turn, never two at once. Docker
 * starts a container again after an exit; whatever Docker gives up is started again from here.
 */
export class DockerProcess {
  readonly record: ProcessRecord
  readonly #host: DockerProcessHost
  readonly #orElse: ReturnType<typeof reportOrElse>
  #state: ProcessState
  readonly #next: NextStep
  #pid: number | null = null
  #isOutOfMemory = false

  constructor(record: ProcessRecord, host: DockerProcessHost) {
    this.record = record
    this.#host = host
    this.#orElse = reportOrElse((error) => host.onError(error))
    const mayStart = () => this.#isWanted && !this.#isAlive
    this.#next = new NextStep({ later: (work) => host.later(work), mayStart })
    this.#state = record.fatal === null ? 'STOPPED' : 'FATAL'
  }

  report(): ProcessReport {
    const { ports } = this.#host
    const isAway = this.#host.isAway()
    return dockerReport(this.record, { state: this.#state, pid: this.#pid, address: ports.host, isAway })
  }
  /** Whether it may differ from what Docker says. `alive` are the containers that Docker said are, when asked at `askedAt`. */
  needsLook(alive: ReadonlySet<string>, askedAt: number): boolean {
    const isNewer = (this.record.startedAt ?? 0) >= askedAt
    if (!this.#isWanted || this.#next.isStart || isNewer) return false
    return !alive.has(this.record.container?.id ?? '') || isOverdue(this.record, askedAt)
  }

  get #isAlive(): boolean {
    return this.record.container?.hasEnded === false
  }
  get #isWanted(): boolean {
    return this.record.desired === 'running' && this.record.fatal === null
  }

  /** Starts it, unless it runs, and clears the exits that made it FATAL. */
  async start(): Promise<void> {
    const { record } = this
    if (this.#isWanted && this.#isAlive) return
    await this.#host.engine.ping()
    await this.#choosePort()
    this.#next.cancel()
    record.desired = 'running'
    record.fatal = null
    record.exits = []
    await this.#host.save(record)
    await this.#launch()
  }

  /** Ends the container and removes it. */
  async stop(): Promise<void> {
    this.#next.cancel()
    this.record.desired = 'stopped'
    await this.#host.save(this.record)
    this.#move('stop')
    await this.#endUnwanted()
  }

  /** Releases the process: nothing that happens to it has an effect any more. */
  release(): void {
    this.#next.release()
  }

  /** Tells again how it is, because Docker has gone away or come back. */
  tell(): void {
    this.#host.changed(this.report())
  }

  /** Compares what is known with Docker, and puts right what differs. */
  async look(): Promise<void> {
    const { record } = this
    const facts = record.container && (await this.#host.engine.facts(record.container.id))
    if (!this.#isWanted) return facts || this.#state === 'STOPPING' ? this.#endUnwanted() : undefined
    if (this.#next.isStart) return
    if (facts?.state === 'running') return this.#lives(facts)
    if (this.#isAlive) await this.#recordExit(facts ?? unseenEnd)
    if (facts?.state === 'restarting' || !this.#isWanted) return
    if (facts && saysPortTaken(facts.error)) return this.#losePort()
    await this.#restart()
  }

  /** Handles what Docker says of its container. It may say it after this was found by looking. */
  async onEvent(event: ContainerEvent): Promise<void> {
    const { container } = this.record
    if (!container || container.id !== event.container || !this.#isWanted) return
    if (event.action === 'destroy') return this.look()
    if (event.action === 'oom' || event.action === 'die')
      return isOfEndedLife(event, container) ? this.#amendExit(event) : this.#onEnd(event, container)
    if (event.action === 'start') await this.#onStart(event, container)
  }

  /** The start of a life that is known already says nothing new. One that is over by now has ended before its next event. */
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
    // Until its next start, Docker also says by its state whether memory was the reason.
    const facts = await this.#orElse(null, this.#host.engine.facts(id))
    const isSameLife = facts?.startedAt === startedAt
    const isOutOfMemory = this.#isOutOfMemory || (isSameLife && facts.isOutOfMemory)
    await this.#recordExit({ exitCode, isOutOfMemory })
  }

  async #amendExit({ action, exitCode }: ContainerEvent): Promise<void> {
    if (!amendExit(this.record, { exitCode, isOutOfMemory: action === 'oom' })) return
    await this.#host.save(this.record)
    this.tell()
  }

  #move(event: ProcessEvent): void {
    this.#state = nextState(this.#state, event)
    this.#host.changed(this.report())
  }

  /** Chosen right before each start, because a port that was free before may be taken by now. */
  async #choosePort(): Promise<void> {
    const { record } = this
    const { id, listens } = record.spec
    if (listens) record.port = await this.#host.ports.portFor(id, record.port, record.lostPort)
  }

  /** A container lives a life that is known already, or the next one after Docker started it again. */
  async #lives(facts: ContainerFacts): Promise<void> {
    const { record } = this
    const restarts = restartsSince(record.container, facts)
    if (restarts > 0 && !isEndKnown(record.container)) await this.#recordExit(unseenEnd)
    if (!this.#isWanted) return
    record.restarts += restarts
    const { id, startedAt, restartCount } = facts
    record.container = { id, startedAt, restartCount, hasEnded: false }
    record.startedAt = Date.parse(startedAt)
    record.lostPort = null
    this.#isOutOfMemory = false
    this.#pid = isInside(facts.pid, id) ? facts.pid : null
    await this.#host.save(record)
    this.#host.log.follow(id)
    this.#move('start')
    const generation = generationOf(record.container)
    const left = record.spec.startSeconds * 1000 - (Date.now() - record.startedAt)
    const settle = async () => {
      if (generationOf(record.container) === generation) this.#move('stayed_up')
    }
    if (left <= 0) await settle()
    else this.#next.after(left, settle)
  }

  /** Makes a container and starts it. Rejects if a foreign one has its name, or if Docker is away. */
  async #launch(): Promise<void> {
    const { record } = this
    const { engine, platform, network, rotation, ports } = this.#host
    const { spec, port } = record
    const at = port === null ? null : { host: ports.host, port }
    record.startedAt = Date.now()
    this.#move('start')
    try {
      await engine.ensureNetwork()
      const options = containerOptions(spec, at, { platform, network, rotation })
      const id = await engine.run(options, spec.id, (made) => {
        record.container = { id: made, startedAt: '', restartCount: 0, hasEnded: true }
        return this.#host.save(record)
      })
      const facts = await engine.facts(id)
      // Docker may have started it again by now. Its events tell one life after the other.
      if (facts?.restartCount === 0) await this.#lives(facts)
    } catch (error) {
      await this.#startFailed(error)
    }
  }

  async #startFailed(error: unknown): Promise<void> {
    const failure = startFailureOf(error)
    if (failure === 'port') return this.#losePort()
    if (failure === 'away') this.#move('exited')
    if (failure === 'name') {
      // Nobody here may remove a foreign container, so nothing tries again by itself.
      this.record.fatal = { code: 'spawn_failed', errno: null, said: dockerSaid(error) }
      await this.#host.save(this.record)
      this.#move('gave_up')
    }
    if (failure === 'away' || failure === 'name') throw error
    this.#host.onError(error)
    const pauseMs = await this.#recordExit({ exitCode: 127, isOutOfMemory: false, spawnFailed: failure })
    if (pauseMs !== null) this.#next.start(pauseMs, () => this.#restart())
  }

  /** Another process has the port: a start with another one, after a pause if that happens again and again. */
  async #losePort(): Promise<void> {
    const { record } = this
    if (record.port === null) return this.#restart()
    const found = await whoListens(record.port)
    const lost: LostPort = { port: record.port, by: typeof found === 'object' ? found : null }
    const pauseMs = recordLoss(record, lost, Date.now()) ?? 0
    if (record.container) record.container.hasEnded = true
    record.startedAt = null
    await this.#orElse(undefined, this.#host.save(record))
    this.#move('lost_port')
    this.#next.start(pauseMs, () => this.#launchAgain())
  }

  /** Returns the pause before the next start, for one that Docker does not start; null if it is given up. */
  async #recordExit(seen: ContainerEnd): Promise<number | null> {
    const { record } = this
    const at = Date.now()
    const exit = exitOf(seen, record, at)
    if (record.container) record.container.hasEnded = true
    this.#pid = null
    record.startedAt = null
    record.exits = [...recentExits(record.exits, at), exit]
    this.#next.cancel()
    const next = afterExit(record.exits, at)
    if (next.kind === 'give_up') record.fatal = next.reason
    await this.#orElse(undefined, this.#host.save(record))
    // Docker would start it again for ever.
    if (next.kind === 'give_up') await this.#orElse(undefined, this.#removeContainer(0))
    this.#move(next.kind === 'give_up' ? 'gave_up' : 'exited')
    return next.kind === 'give_up' ? null : next.afterMs
  }

  async #restart(): Promise<void> {
    this.record.restarts += 1
    await this.#launchAgain()
  }
  /** If there is no port or no Docker for it now, this is tried again. */
  async #launchAgain(): Promise<void> {
    try {
      await this.#choosePort()
      await this.#launch()
    } catch (error) {
      this.#host.onError(error)
      this.#next.start(5_000, () => this.#launchAgain())
    }
  }

  /** Ends the container of a process that is stopped or given up. If Docker goes away meanwhile, `look` does it again. */
  async #endUnwanted(): Promise<void> {
    const { record } = this
    await this.#removeContainer(record.spec.stopGraceMs)
    record.startedAt = null
    if (record.desired === 'stopped') record.fatal = null
    await this.#host.save(record)
    if (record.desired === 'stopped') this.#move('stopped')
  }
  async #removeContainer(graceMs: number): Promise<void> {
    const { container } = this.record
    if (!container) return
    await this.#host.engine.stop(container.id, graceMs)
    await this.#orElse(undefined, this.#host.log.drain(container.id))
    await this.#host.engine.remove(container.id)
    this.record.container = null
    this.#pid = null
  }
}
