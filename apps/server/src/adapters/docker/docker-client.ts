import type Dockerode from 'dockerode'
import { ZodError } from 'zod'
import { readCertificates } from './docker-certificates.ts'
import type { DockerHost } from './docker-host.ts'

/** The client of one Docker daemon. */
export type Docker = Dockerode

/**
 * Returns a client of a daemon. It connects with each call, so the daemon need not be there yet; only its certificates must be. The library adds a
 * quarter of a second to the start, so it is loaded only if it is used.
 */
export async function openDocker(at: DockerHost): Promise<Docker> {
  const { default: Client } = await import('dockerode')
  // Options that are not set here would come from Docker's own variables, such as DOCKER_HOST.
  const open = { protocol: 'http', ca: undefined, cert: undefined, key: undefined } as const
  if ('socketPath' in at)
    return new Client({ socketPath: at.socketPath, host: undefined, port: undefined, ...open })
  const { host, port, certificates } = at
  const shown =
    certificates === undefined
      ? open
      : { protocol: 'https' as const, ...(await readCertificates(certificates)) }
  return new Client({ socketPath: undefined, host, port, ...shown })
}

/**
 * The statuses with which the daemon refuses a call: the object does not exist, it is in use or the name is taken, or
 * it already is in that state.
 */
export const notFound = 404
export const conflict = 409
export const unchanged = 304

/** The status with which the daemon refused a call; null if it did not answer. */
export function dockerStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null
  return typeof error.statusCode === 'number' ? error.statusCode : null
}

/** Returns the message of the daemon when it refused a call, or why there was no answer. */
export function dockerSaid(error: unknown): string {
  const said = error instanceof Error && 'json' in error ? error.json : null
  if (typeof said === 'object' && said !== null && 'message' in said && typeof said.message === 'string')
    return said.message
  return error instanceof Error ? error.message : String(error)
}

/**
 * Why long work of the daemon did not succeed within the bounds of its caller. If its message cannot be parsed, the
 * daemon did answer. Throws if the caller's own signal has aborted.
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
