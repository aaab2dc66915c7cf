import { z } from 'zod'
import { wholeWithin } from './common.ts'
import { rule } from './issue-rules.ts'
import { bounds } from './limits.ts'

/**
 * An IPv4 or IPv6 address without a zone. A zone (`fe80::1%eth0`) names an interface, and not every program
 * understands it.
 */
export const plainAddress = z.union([z.ipv4(rule('field.ip_address')), z.ipv6(rule('field.ip_address'))])

/** What a program can be told to listen on: an address without a zone, or a host name. */
export const listenHost = z.union([
  plainAddress,
  z
    .string()
    .max(253)
    .regex(/^(?![\d.]+$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i),
])

/** A TCP address. `host` is an IP address or a host name. */
export const tcpEndpoint = z.object({ host: z.string(), port: wholeWithin(bounds.port) })
/** A TCP address. */
export type TcpEndpoint = z.infer<typeof tcpEndpoint>

/** How long the path of a unix socket may be on Linux, in bytes: `sun_path` holds 108, with the zero at its end (`man 7 unix`). */
export const longestSocketPath = 107

/**
 * The absolute path of a unix socket. The allowed characters need
 * no quoting in a configuration, a URL or a log.
 */
export const socketPath = z
  .string()
  .max(longestSocketPath)
  .regex(/^\/[A-Za-z0-9._/@+=~-]+$/)

/** A unix socket of this machine. */
export const socketEndpoint = z.object({ socket: socketPath })

/**
 * The address of a process. Callers use this value unchanged. Only the driver that runs the process creates
 * one.
 */
export const endpoint = z.union([tcpEndpoint, socketEndpoint])
/** The address of a process. */
export type Endpoint = z.infer<typeof endpoint>
