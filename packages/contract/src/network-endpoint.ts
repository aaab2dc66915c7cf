import { z } from 'zod'

/** A TCP address. `host` is an IP address or a name. */
export const tcpEndpoint = z.object({ host: z.string(), port: z.number().int().min(1).max(65_535) })
/** A TCP address. */
export type TcpEndpoint = z.infer<typeof tcpEndpoint>

/**
 * The absolute path of a unix socket. Linux holds 107 bytes of it (`man 7 unix`). The characters are those that need no quoting in a
 * configuration, a URL or a log.
 */
export const socketPath = z
  .string()
  .max(107)
  .regex(/^\/[A-Za-z0-9._/@+=~-]+$/)

/** A unix socket of this machine. */
export const socketEndpoint = z.object({ socket: socketPath })
/** A unix socket of this machine. */
export type SocketEndpoint = z.infer<typeof socketEndpoint>

/** Where a process is reached. Whoever calls it takes this value as it is: only the driver that runs the process makes one. */
export const endpoint = z.union([tcpEndpoint, socketEndpoint])
/** Where a process is reached. */
export type Endpoint = z.infer<typeof endpoint>
