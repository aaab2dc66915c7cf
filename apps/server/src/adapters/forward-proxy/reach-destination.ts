import { lookup } from 'node:dns'
import { request, type ClientRequest, type OutgoingHttpHeaders, type RequestOptions } from 'node:http'
import { request as encryptedRequest } from 'node:https'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { endpointText } from '@vitrine/contract'
import { withoutBrackets } from '../../lib/machine-addresses.ts'
import type { Destination } from './upstream-proxy.ts'

/** A name leads to an address that may not be reached. */
export class AddressRefused extends Error {
  constructor(readonly address: string) {
    super(`refused the address ${address}`)
    this.name = 'AddressRefused'
  }
}

/** How long it may take until a destination answers, in milliseconds. */
const connectMs = 30_000

/**
 * Resolves names to those of their addresses that may be reached. The connection is made to one of these, so that
 * nothing is resolved a second time with another result.
 */
const lookupOf =
  (mayReach: (address: string) => boolean): LookupFunction =>
  (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const usable = found.filter(({ address }) => mayReach(address))
      const [first] = usable
      if (!first) return callback(new AddressRefused(found[0]?.address ?? host), [])
      if (options.all) callback(null, usable)
      else callback(null, first.address, first.family)
    })

/** Options of a connection to a destination at one of its addresses. Throws {@link AddressRefused}. */
export function directTo({ host, port }: Destination, mayReach: (address: string) => boolean) {
  if (isIP(host) !== 0 && !mayReach(host)) throw new AddressRefused(host)
  return { host, port, lookup: lookupOf(mayReach) }
}

/** The usual port of a proxy is that of its protocol. */
const portOf = ({ port, protocol }: URL) => Number(port) || (protocol === 'https:' ? 443 : 80)

/** Begins a request to a proxy of the machine. Throws if it is of a kind that is not known. */
export function requestTo(
  proxy: URL,
  options: Omit<RequestOptions, 'headers'> & { headers: OutgoingHttpHeaders },
): ClientRequest {
  const { protocol, hostname, username, password } = proxy
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new Error(`the proxy of this machine is of a kind that cannot be used (${protocol})`)
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username && {
    'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
  return (protocol === 'https:' ? encryptedRequest : request)({
    ...options,
    host: withoutBrackets(hostname),
    port: portOf(proxy),
    agent: false,
    timeout: connectMs,
    headers: { ...options.headers, ...authorization },
  })
}

/** Rejects with the first error of a connection or request, or when it takes too long. */
const orFail = (begun: Socket | ClientRequest, reject: (error: Error) => void): void => {
  begun.once('error', reject)
  begun.once('timeout', () => begun.destroy(new Error('it did not answer in time')))
}

/** Opens a connection to a destination without a proxy. Rejects with {@link AddressRefused} and errors of the network. */
export const connectDirectly = (
  destination: Destination,
  mayReach: (address: string) => boolean,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ ...directTo(destination, mayReach), allowHalfOpen: true, timeout: connectMs })
    orFail(socket, reject)
    socket.once('connect', () => resolve(socket.removeAllListeners('timeout')))
  })

/** Opens a connection to a destination through a proxy of the machine, which resolves the name. */
export const connectThrough = (proxy: URL, destination: Destination): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const authority = endpointText(destination)
    const asked = requestTo(proxy, { method: 'CONNECT', path: authority, headers: { host: authority } })
    orFail(asked, reject)
    asked.once('connect', (answer, socket, head) => {
      asked.removeAllListeners('timeout')
      if (answer.statusCode !== 200) {
        socket.destroy()
        reject(new Error(`the proxy of this machine answered ${answer.statusCode}`))
        return
      }
      socket.removeAllListeners('timeout')
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    asked.once('response', (answer) => {
      answer.destroy()
      reject(new Error(`the proxy of this machine answered ${answer.statusCode}`))
    })
    asked.end()
  })
