import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import { lineSplitter } from '../../lib/line-splitter.ts'
import { conflict, dockerSaid, dockerStatus, notFound, workFailure, type Docker } from './docker-client.ts'
import type {
  BuildEnd,
  BuildImage,
  BuildSaying,
  ImageDaemon,
  ImageLabels,
  TriggersEnd,
} from './image-daemon.ts'
import { isSamePlatform } from './image-platform.ts'
import { inTime, unlessAborted } from './in-time.ts'
import { publishImage, pullImage } from './move-image.ts'

/** One message of the builder. Other fields say nothing about the build. */
const message = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  progress: z.string().optional(),
  error: z.string().optional(),
  aux: z.object({ ID: z.string() }).partial().optional(),
})

/** The line that the builder prints before it runs instructions of a base image. */
const triggerLine = /^# Executing \d+ build trigger/
const stepLine = /^Step (\d+)\/(\d+) : (.*)$/
/** The line in which the builder names the container of a command. */
const containerLine = /^ ---> Running in ([0-9a-f]{12})$/
/** The lines that the builder prints about its own work. */
const ownLine =
  /^( ---> [0-9a-f]{12}| ---> Running in \S+| ---> Removed intermediate container \S+|Successfully (built|tagged) \S+|\s*)$/

/** The meaning of a line of the builder. Null for a line about its own work. Pure. */
export function sayingOf(line: string): BuildSaying | null {
  const [, number, of, text = ''] = stepLine.exec(line) ?? []
  if (number !== undefined) return { step: { number: Number(number), of: Number(of), text } }
  if (line === ' ---> Using cache') return { cached: true }
  return ownLine.test(line) ? null : { line }
}

/**
 * Follows the messages of a builder. `onContainer` gets the container of a command before the builder starts it. The builder names it
 * right after the step, so that a command cannot name another one by what it prints.
 */
function reader(onSaying: BuildImage['onSaying'], onContainer: (id: string) => void) {
  const found = { id: null as string | null, error: null as string | null }
  let hasTriggers = false
  let isAfterStep = false
  const printed = lineSplitter((line) => {
    hasTriggers ||= triggerLine.test(line)
    const container = isAfterStep ? containerLine.exec(line)?.[1] : undefined
    if (container !== undefined) onContainer(container)
    isAfterStep = stepLine.test(line)
    // The builder colours the error output of commands.
    const saying = sayingOf(stripVTControlCharacters(line))
    if (saying) onSaying(saying)
  })
  const messages = lineSplitter((line) => {
    if (line.trim() === '') return
    const { stream, status, progress, error, aux } = message.parse(JSON.parse(line))
    if (stream !== undefined) printed.write(Buffer.from(stream))
    // A pull repeats the same message while it is in progress.
    if (status !== undefined && progress === undefined) onSaying({ line: status })
    if (aux?.ID !== undefined) found.id = aux.ID
    if (error !== undefined) found.error = error
  })
  return {
    write: (bytes: Uint8Array) => messages.write(bytes),
    hasTriggers: () => hasTriggers,
    end() {
      messages.end()
      printed.end()
      return found
    },
  }
}

const mebibyte = 1024 ** 2
/** The processor is limited in slices of so many microseconds. */
const cpuPeriodUs = 100_000

const optionsOf = (
  { dockerfile, tag, labels, network, limits: { memory_mb: memoryMb, cpu } }: BuildImage,
  signal: AbortSignal,
) => ({
  t: tag,
  dockerfile,
  labels: { ...labels },
  networkmode: network,
  // Swap is not allowed, because otherwise the memory limit would not hold.
  ...(memoryMb !== undefined && { memory: memoryMb * mebibyte, memswap: memoryMb * mebibyte }),
  ...(cpu !== undefined && { cpuperiod: cpuPeriodUs, cpuquota: Math.round(cpu * cpuPeriodUs) }),
  // Intermediate containers are removed, even if a step fails.
  rm: true,
  forcerm: true,
  version: '1' as const,
  abortSignal: signal,
})

async function inspect(
  docker: Docker,
  id: string,
  signal: AbortSignal,
): Promise<Extract<BuildEnd, { built: true }>> {
  const { Id, Config } = await unlessAborted(docker.getImage(id).inspect(), signal)
  const entry = [Config.Entrypoint ?? []].flat()
  return { built: true, id: Id, command: [...entry, ...(Config.Cmd ?? [])], folder: Config.WorkingDir || '/' }
}

const triggered: BuildEnd = {
  built: false,
  why: 'failed',
  said: 'The base image has instructions of its own run in the build (ONBUILD), which it had not before.',
}

/**
 * Limits the processes of the container of a command, for which the builder itself has no option. One that has ended already needs no
 * limit. If the daemon refuses it, the build goes on, and its log says so.
 */
async function limitProcesses(
  docker: Docker,
  id: string,
  { limits, onSaying }: Pick<BuildImage, 'limits' | 'onSaying'>,
): Promise<void> {
  if (limits.processes === undefined) return
  try {
    await docker.getContainer(id).update({ PidsLimit: limits.processes })
  } catch (error) {
    if (dockerStatus(error) !== notFound)
      onSaying({ line: `The processes of this command could not be limited: ${dockerSaid(error)}` })
  }
}

async function build(docker: Docker, input: BuildImage): Promise<BuildEnd> {
  const timeout = AbortSignal.timeout(input.timeoutMs)
  // The daemon ends a build whose caller has disconnected.
  const signal = AbortSignal.any([input.signal, timeout])
  try {
    const answer = await docker.buildImage(input.context, optionsOf(input, signal))
    const limiting: Promise<void>[] = []
    const messages = reader(input.onSaying, (id) => {
      input.onContainer(id)
      limiting.push(limitProcesses(docker, id, input))
    })
    for await (const chunk of answer) {
      messages.write(Buffer.from(chunk))
      // The base image has changed since it was inspected. Leaving the loop ends the build.
      if (messages.hasTriggers() && !input.runsTriggers) return triggered
    }
    const { id, error } = messages.end()
    await unlessAborted(Promise.all(limiting), signal)
    if (error === null && id !== null) return await inspect(docker, id, signal)
    return { built: false, why: 'failed', said: error ?? 'the builder named no image' }
  } catch (error) {
    const failure = workFailure(error, { signal: input.signal, timeout })
    if (input.context.errored && failure.why !== 'timeout') throw input.context.errored
    // This includes immediate refusals, such as of a Dockerfile that the daemon cannot read, or a context without one.
    return { built: false, ...failure }
  } finally {
    input.context.destroy()
  }
}

/** What the client's types leave out of a listed container. Docker leaves it out itself as long as nothing was written. */
const sized = z.array(z.object({ SizeRw: z.number().default(0) }))

async function writtenBy(docker: Docker, id: string): Promise<number | null> {
  const found = await docker.listContainers({ all: true, size: true, filters: { id: [id] } })
  return sized.parse(found)[0]?.SizeRw ?? null
}

async function list(docker: Docker, labels: ImageLabels): Promise<{ id: string; labels: ImageLabels }[]> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const found = await docker.listImages({ all: false, filters: { label } })
  return found.map(({ Id, Labels }) => ({ id: Id, labels: Labels ?? {} }))
}

async function inspected(docker: Docker, id: string) {
  try {
    return await docker.getImage(id).inspect()
  } catch (error) {
    if (dockerStatus(error) === notFound) return null
    throw error
  }
}

const has = async (docker: Docker, id: string): Promise<boolean> => (await inspected(docker, id)) !== null

/** The name with a tag. When images are fetched, a name without a tag would mean all tags. Pure. */
const withTag = (name: string): string =>
  /[:@]/.test(name.slice(name.lastIndexOf('/') + 1)) ? name : `${name}:latest`

type Inspected = NonNullable<Awaited<ReturnType<typeof inspected>>>

/** Whether an image is of a platform. Of one that is not stated as a whole, nobody can tell. Pure. */
const isOfPlatform = ({ Os, Architecture, Variant }: Inspected, platform: string): boolean =>
  isSamePlatform([Os, Architecture, ...(Variant ? [Variant] : [])].join('/'), platform)

async function triggersOf(
  open: () => Promise<Docker>,
  input: Parameters<ImageDaemon['triggersOf']>[0],
): Promise<TriggersEnd> {
  const name = withTag(input.name)
  const timeout = AbortSignal.timeout(input.timeoutMs)
  const signal = AbortSignal.any([input.signal, timeout])
  try {
    const docker = await open()
    const here = await unlessAborted(inspected(docker, name), signal)
    const isHere = here !== null && (input.platform === null || isOfPlatform(here, input.platform))
    if (!isHere) {
      const end = await pullImage(docker, { ...input, name, login: null })
      if (!end.moved) return { ...end, told: false }
    }
    const { Config } = isHere ? here : await unlessAborted(docker.getImage(name).inspect(), signal)
    return { told: true, triggers: Config.OnBuild ?? [] }
  } catch (error) {
    // This includes a text that cannot be an image name, which the daemon refuses at once.
    return { told: false, moved: false, ...workFailure(error, { signal: input.signal, timeout }) }
  }
}

async function remove(docker: Docker, id: string): Promise<boolean> {
  try {
    // Removed by force, because an image has several tags if releases are equal.
    await docker.getImage(id).remove({ force: true })
    return true
  } catch (error) {
    const status = dockerStatus(error)
    if (status === notFound) return true
    // A container was made from it.
    if (status === conflict) return false
    throw error
  }
}

/** How long a daemon may take for a short call, in milliseconds. Removing a large image takes longest. */
const usualPatienceMs = 60_000

/** The images of a Docker daemon, made by its own builder. `open` gives its client. `patienceMs` is for tests. */
export const dockerImages = (
  open: () => Promise<Docker>,
  { patienceMs = usualPatienceMs } = {},
): ImageDaemon => ({
  build: async (input) => build(await open(), input),
  writtenBy: async (id) => inTime(writtenBy(await open(), id), patienceMs),
  publish: async (id, input) => publishImage(await open(), id, input),
  pull: async (input) => pullImage(await open(), input),
  triggersOf: (input) => triggersOf(open, input),
  has: async (id) => inTime(has(await open(), id), patienceMs),
  list: async (labels) => inTime(list(await open(), labels), patienceMs),
  remove: async (id) => inTime(remove(await open(), id), patienceMs),
})
