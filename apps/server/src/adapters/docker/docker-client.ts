import type Dockerode from 'dockerode'
import { ZodError } from 'zod'
import type { DockerHost } from './docker-host.ts'

/** The client of one Docker daemon. */
export type Docker = Dockerode

/**
 * Returns a client of a daemon. It connects with each call, so the daemon need not be there yet. The library adds a quarter
 * of a second to the start, so it is loaded only if it is used.
 */
export async function openDocker(at: DockerHost): Promise<Docker> {
  const { default: Client } = await import('dockerode')
  const place =
    'socketPath' in at
      ? { socketPath: at.socketPath, host: undefined, port: undefined }
      : { socketPath: undefined, host: at.host, port: at.port }
  // What is not named here would come from Docker's own variables, such as DOCKER_HOST.
  return new Client({ ...place, protocol: 'http', ca: undefined, cert: undefined, key: undefined })
}

/** Statuses with which the daemon refuses a call: there is no such thing, it is in use or has that name, it is so already. */
export const notFound = 404
export const conflict = 409
export const unchanged = 304

/** The status with which the daemon refused a call; null if it did not answer. */
export function dockerStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  return typeof error.statusCode === 'number' ? error.statusCode : null
}

/** Returns what the daemon said when it refused a call, or why there was no answer. */
export function dockerSaid(error: unknown): string {
  const said = error instanceof Error && 'json' in error ? error.json : null
  if (typeof said === 'object' && said !== null && 'message' in said && typeof said.message === 'string')
    return said.message
  return error instanceof Error ? error.message : String(error)
}

/**
 * Why a long work of the daemon, within the bounds of its caller, did not succeed. A message that cannot be read comes from a
 * daemon that is there. Throws if the caller's own signal has aborted.
 */
export function workFailure(
  error: unknown,
  { signal, timeout }: { signal: AbortSignal; timeout: AbortSignal },
): { why: 'failed' | 'timeout' | 'away'; said: string } {
  signal.throwIfAborted()
  if (timeout.aborted) return { why: 'timeout', said: '' }
  const isThere = dockerStatus(error) !== null || error instanceof SyntaxError || error instanceof ZodError
  return { why: isThere ? 'failed' : 'away', said: dockerSaid(error) }
}
