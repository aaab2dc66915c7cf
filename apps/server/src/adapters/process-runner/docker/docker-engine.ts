import type { ContainerCreateOptions } from 'dockerode'
import { z } from 'zod'
import { conflict, dockerStatus, notFound, unchanged, type Docker } from '../../docker/docker-client.ts'
import { labels } from '../../docker/labels.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { containerNameTaken } from '../process-runner.errors.ts'
import { refusesOpenFiles, type ContainerEnd } from './container-exit.ts'
import { nameOf } from './container-options.ts'
import { hearEvents, recallEnds, type ContainerListener } from './docker-events.ts'
import { orUnavailable, unless, workMs } from './or-unavailable.ts'

/** The facts about a container at one moment. Times are as Docker writes them. */
export type ContainerFacts = {
  id: string
  state: 'running' | 'restarting' | 'ended'
  pid: number
  startedAt: string
  exitCode: number
  isOutOfMemory: boolean
  /** Why Docker could not start it; empty if it could. */
  error: string
  /** How many lives it has had before this one. */
  restartCount: number
}

/** The options without a limit of open files, so that Docker's own limit applies. */
const withoutOwnFiles = <T extends ContainerCreateOptions>({ HostConfig, ...others }: T) => ({
  ...others,
  HostConfig: {
    ...HostConfig,
    Ulimits: HostConfig?.Ulimits?.filter(({ Name }) => Name !== 'nofile'),
  },
})

/** The processes of a container; null if the last one has just ended. */
const processList = z.object({ Processes: z.array(z.unknown()).nullable() })

/** How long Docker's init may take to start the program of a container, in milliseconds. */
const longestBeginMs = 10_000

/** The calls to a daemon about the containers of one platform. Each ends in time. */
export class DockerEngine {
  readonly #docker: Docker
  readonly #platform: string
  readonly #network: string
  readonly #mine: { label: string[] }
  readonly #containers: { label: string[] }
  /** The lowest limit of open files that Docker has refused because its own limit is lower. */
  #refusedFiles = Infinity

  constructor(docker: Docker, { platform, network }: { platform: string; network: string }) {
    this.#docker = docker
    this.#platform = platform
    this.#network = network
    this.#mine = { label: [`${labels.platform}=${platform}`] }
    this.#containers = { label: [...this.#mine.label, labels.instance] }
  }

  /** Rejects if the daemon does not answer. A busy one, such as one that unpacks an image, takes seconds. */
  ping(): Promise<unknown> {
    return orUnavailable(this.#docker.ping())
  }

  /** Returns the facts about a container. Null if it does not exist. */
  async facts(id: string): Promise<ContainerFacts | null> {
    const found = await orUnavailable(this.#docker.getContainer(id).inspect()).catch((error: unknown) => {
      if (dockerStatus(error) === notFound) return null
      throw error
    })
    if (found === null) return null
    const { State, RestartCount } = found
    return {
      id: found.Id,
      state: State.Restarting ? 'restarting' : State.Running ? 'running' : 'ended',
      pid: State.Pid,
      startedAt: State.StartedAt,
      exitCode: State.ExitCode,
      isOutOfMemory: State.OOMKilled,
      error: State.Error,
      // Docker counts the next start as soon as a life has ended.
      restartCount: RestartCount - Number(State.Restarting),
    }
  }

  /** The folders for which an image says that each container has a volume there. Empty if the daemon does not have the image. */
  async volumesOf(image: string): Promise<string[]> {
    try {
      const { Config } = await orUnavailable(this.#docker.getImage(image).inspect())
      return Object.keys(Config.Volumes ?? {})
    } catch (error) {
      if (dockerStatus(error) === notFound) return []
      throw error
    }
  }

  /** Removes a container, if there is one, and the volumes that were made for it. */
  async remove(id: string): Promise<void> {
    const container = this.#docker.getContainer(id)
    const found = await orUnavailable(container.inspect()).catch((error: unknown) => {
      if (dockerStatus(error) === notFound) return null
      throw error
    })
    await unless(notFound, orUnavailable(container.remove({ force: true, v: true }), workMs))
    for (const { Type, Name = '' } of found?.Mounts ?? [])
      if (Type === 'volume') await this.#removeVolume(Name)
  }

  /** Removes the volumes that were made for containers that are gone. */
  async removeLeftVolumes(signal?: AbortSignal): Promise<void> {
    const options = { filters: { ...this.#mine, dangling: ['true'] }, abortSignal: signal }
    const found = await orUnavailable(this.#docker.listVolumes(options))
    for (const { Name } of found.Volumes) await this.#removeVolume(Name)
  }

  /** Removes a volume that was made for a container, unless another one has it by now. Leaves volumes of others alone. */
  async #removeVolume(name: string): Promise<void> {
    if (!name.startsWith(`${this.#network}-`)) return
    await unless(conflict, unless(notFound, orUnavailable(this.#docker.getVolume(name).remove())))
  }

  /** Makes a container, in place of an earlier one of ours, and returns its id. */
  async create(options: ContainerCreateOptions & { name: string }, instance: string): Promise<string> {
    const make = async () => (await orUnavailable(this.#docker.createContainer(options), workMs)).id
    try {
      return await make()
    } catch (error) {
      if (dockerStatus(error) !== conflict) throw error
    }
    await this.#makeRoom(options.name, instance)
    return make()
  }

  /** Removes an earlier container with this name if it is ours. */
  async #makeRoom(name: string, instance: string): Promise<void> {
    const there = await orUnavailable(this.#docker.getContainer(name).inspect())
    const { Labels } = there.Config
    const isOurs = Labels[labels.platform] === this.#platform && Labels[labels.instance] === instance
    if (!isOurs) throw containerNameTaken({ name })
    await this.remove(there.Id)
  }

  /**
   * Makes a container and starts it. `onMade` is called before its start. If Docker's own limit of open files is lower
   * than the requested one, the container gets Docker's limit.
   */
  async run(
    options: ContainerCreateOptions & { name: string },
    instance: string,
    onMade: (id: string) => Promise<void>,
  ): Promise<string> {
    const files = options.HostConfig?.Ulimits?.find(({ Name }) => Name === 'nofile')?.Hard
    const isRefused = files !== undefined && files >= this.#refusedFiles
    const id = await this.create(isRefused ? withoutOwnFiles(options) : options, instance)
    await onMade(id)
    try {
      await orUnavailable(this.#docker.getContainer(id).start(), workMs)
      return id
    } catch (error) {
      if (files === undefined || isRefused || !refusesOpenFiles(error)) throw error
      this.#refusedFiles = Math.min(this.#refusedFiles, files)
    }
    return this.run(options, instance, onMade)
  }

  /** Ends a container with TERM, and with KILL after the grace time, which Docker counts in seconds. */
  async stop(id: string, graceMs: number): Promise<void> {
    await waitFor(() => this.#hearsTerm(id), { timeoutMs: Math.min(graceMs, longestBeginMs) })
    const seconds = Math.ceil(graceMs / 1000)
    const stopping = orUnavailable(this.#docker.getContainer(id).stop({ t: seconds }), graceMs + 30_000)
    await unless(unchanged, unless(notFound, stopping))
  }

  /**
   * Whether TERM would reach the program of a container. The first process is Docker's init. Until it listens for signals, the kernel
   * drops TERM, and the stop would wait for KILL. It listens before it starts the program. True if the daemon cannot tell.
   */
  async #hearsTerm(id: string): Promise<boolean> {
    try {
      const { Processes } = processList.parse(await orUnavailable(this.#docker.getContainer(id).top()))
      return Processes === null || Processes.length > 1
    } catch (error) {
      if (dockerStatus(error) === null) throw error
      return true
    }
  }

  /**
   * Returns the containers with the labels of this platform. `isOurs` tells whether we made it: one that somebody made from an
   * image of ours, or of a copy of a container of ours, has the labels but not the name.
   */
  async list(
    signal?: AbortSignal,
  ): Promise<{ id: string; instance: string; isOurs: boolean; isAlive: boolean }[]> {
    const options = { all: true, filters: this.#containers, abortSignal: signal }
    const found = await orUnavailable(this.#docker.listContainers(options))
    return found.map(({ Id, Labels, Names, State }) => {
      const instance = Labels[labels.instance] ?? ''
      return {
        id: Id,
        instance,
        isOurs: Names.includes(`/${nameOf({ platform: this.#platform }, instance)}`),
        isAlive: State === 'running' || State === 'restarting',
      }
    })
  }

  /** Makes the network of the platform, if there is none. Its containers do not reach each other. */
  async ensureNetwork(): Promise<void> {
    const network = this.#network
    const found = await orUnavailable(this.#docker.listNetworks({ filters: { name: [network] } }))
    if (found.some(({ Name }) => Name === network)) return
    const wanted = {
      Name: network,
      Driver: 'bridge',
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      Labels: { [labels.platform]: this.#platform },
    }
    await unless(conflict, orUnavailable(this.#docker.createNetwork(wanted)))
  }

  async removeNetwork(): Promise<void> {
    const found = await orUnavailable(
      this.#docker.listNetworks({ filters: { ...this.#mine, name: [this.#network] } }),
    )
    for (const { Id } of found) await unless(notFound, orUnavailable(this.#docker.getNetwork(Id).remove()))
  }

  /** Returns how a life of a container that began at `startedAt` ended, as the daemon remembers it. Null if it does not. */
  async endOf(id: string, startedAt: number, nextStart: number): Promise<ContainerEnd | null> {
    const events = await recallEnds(this.#docker, id, startedAt)
    const ofLife = events.filter(({ at }) => at > startedAt && at <= nextStart)
    const died = ofLife.findLast(({ action }) => action === 'die')
    if (!died) return null
    return { exitCode: died.exitCode, isOutOfMemory: ofLife.some(({ action }) => action === 'oom') }
  }

  /** Reports events until the daemon goes away or the signal aborts. */
  listen(on: ContainerListener, signal: AbortSignal): Promise<void> {
    // A restarted daemon may have another limit.
    this.#refusedFiles = Infinity
    return hearEvents(this.#docker, this.#containers, on, signal)
  }
}
