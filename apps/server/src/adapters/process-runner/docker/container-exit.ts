import { readFileSync } from 'node:fs'
import { AppError } from '../../../lib/errors.ts'
import { readIfAllowedSync } from '../../../lib/read-if-allowed.ts'
import { dockerSaid, dockerStatus } from '../../docker/docker-client.ts'
import { crashLoopOf, signalOf, type Exit } from '../crash-loop.ts'
import type { ProcessRecord } from '../process-records.ts'

const portTaken = /port is already allocated|address already in use/i
const noImage = /no such image/i
const noProgram = /no such file or directory|executable file not found/i
const forbidden = /permission denied/i
/** Docker has no driver for graphics processors, by version 29 none in its folder of devices (CDI), or that driver does not load. */
const noGpuDriver =
  /with capabilities: \[\[gpu\]\]|gpu vendor from cdi|nvidia-container-cli: initialization error/i
/** There are fewer graphics processors than were asked for. */
const tooFewGpus = /nvidia-container-cli: device error|unresolvable cdi devices/i
/** The message of the container runtime if a limit is higher than the one of Docker itself. */
const overOwnLimit = (said: string): boolean =>
  said.includes('rlimit') && said.slice(said.indexOf('rlimit')).includes('operation not permitted')
/** The longest message of Docker that is kept, in characters. */
const longestSaid = 500

/** Whether Docker says that it could not publish a port because another process has it. Pure. */
export const saysPortTaken = (said: string): boolean => portTaken.test(said)

/** Whether Docker refused a container because its limit of open files is above that of Docker itself. Pure. */
export const refusesOpenFiles = (error: unknown): boolean =>
  dockerStatus(error) !== null && overOwnLimit(dockerSaid(error).toLowerCase())

/**
 * Why a container could not be started: Docker does not answer, its port is taken, a foreign container has its name, or
 * another reason in Docker's own words.
 */
export type StartFailure = 'away' | 'port' | 'name' | { errno: string | null; said: string }

function errnoOf(said: string): string | null {
  if (noImage.test(said)) return 'no_image'
  // Before the file that is not found: what does not load is named in the same words.
  if (noGpuDriver.test(said)) return 'no_gpu_driver'
  if (tooFewGpus.test(said)) return 'too_few_gpus'
  if (noProgram.test(said)) return 'ENOENT'
  return forbidden.test(said) ? 'EACCES' : null
}

/** Tells why a container could not be started. Pure. */
export function startFailureOf(error: unknown): StartFailure {
  if (error instanceof AppError && error.code === 'process.container_name_taken') return 'name'
  if (dockerStatus(error) === null) return 'away'
  const said = dockerSaid(error)
  if (saysPortTaken(said)) return 'port'
  return { errno: errnoOf(said), said: said.replaceAll(/\s+/g, ' ').trim().slice(0, longestSaid) }
}

/** How a container ended, as Docker tells it. */
export type ContainerEnd = {
  exitCode: number | null
  isOutOfMemory: boolean
  spawnFailed?: Exit['spawnFailed']
}

/** The end of a container that was not observed. */
export const unseenEnd: ContainerEnd = { exitCode: null, isOutOfMemory: false }

/** Returns the exit of a container. `at` is when, in milliseconds since the epoch. Pure. */
export function exitOf(
  { exitCode, isOutOfMemory, spawnFailed }: ContainerEnd,
  { spec, startedAt }: Pick<ProcessRecord, 'spec' | 'startedAt'>,
  at: number,
): Exit {
  const { memory_mb: limit } = spec.limits
  const signal = exitCode === null ? null : signalOf(exitCode)
  return {
    at,
    ranMs: exitCode === null ? null : at - (startedAt ?? at),
    exitCode: signal === null ? exitCode : null,
    signal,
    overLimit: isOutOfMemory && limit !== undefined ? { resource: 'memory', limit } : null,
    spawnFailed,
  }
}

/**
 * Adds later information of Docker to the last exit of a record: its code if that was unknown, or that the memory limit
 * was exceeded. Returns whether anything was new.
 */
export function amendExit(record: ProcessRecord, seen: ContainerEnd): boolean {
  const exit = record.exits.at(-1)
  if (!exit) return false
  const { exitCode, signal, overLimit } = exitOf(seen, record, exit.at)
  const isUnseen = exit.exitCode === null && exit.signal === null && !exit.spawnFailed
  const tellsCode = isUnseen && seen.exitCode !== null
  const tellsLimit = exit.overLimit === null && overLimit !== null
  if (!tellsCode && !tellsLimit) return false
  const amended = { ...exit, ...(tellsCode && { exitCode, signal }), ...(tellsLimit && { overLimit }) }
  record.exits = [...record.exits.slice(0, -1), amended]
  if (record.fatal?.code === 'crash_loop') record.fatal = crashLoopOf(record.exits)
  return true
}

/** Whether the process of this number is in the container, as the kernel of this machine sees it. */
export const isInside = (pid: number, container: string): boolean =>
  readIfAllowedSync(() => readFileSync(`/proc/${pid}/cgroup`, 'latin1'))?.includes(container) ?? false
