import type { Endpoint } from '@vitrine/contract'
import type { ProcessRecord } from './process-records.ts'
import type { ProcessSpec } from './process-runner.ts'

/** The descriptor of the listening socket in a program: the first one after those for input, output and errors. */
export const listenDescriptor = 3

/** Returns where a process can be reached. `host` is the address of its port. */
export function endpointOf({ socket, port }: ProcessRecord, host: string): Endpoint | null {
  if (socket !== null) return { socket }
  return port === null ? null : { host, port }
}

/** Returns what a process is started with: its spec, and the port or socket from its record. */
export function launchSpecOf({ spec, port, socket }: ProcessRecord, host: string): ProcessSpec {
  if (socket !== null) return { ...spec, env: { ...spec.env, VITRINE_LISTEN_FD: String(listenDescriptor) } }
  return port === null ? spec : { ...spec, env: { ...spec.env, HOST: host, PORT: String(port) } }
}
