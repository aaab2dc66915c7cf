import { BlockList, isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'

/** An address of a network interface of a machine. */
export type MachineAddress = {
  address: string
  /** The network in CIDR form, such as `127.0.0.1/8`; null if unknown. */
  cidr: string | null
  /** Whether it belongs to the loopback interface. */
  internal: boolean
  /** Not 0 for an address that has a meaning only on its own link. */
  scopeid?: number
}

/** The addresses of this machine. Asked anew each time, because interfaces come and go. */
export const addressesOfMachine = (): MachineAddress[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])

const isIPv6 = (address: string) => isIP(address) === 6

/** Returns an IP address in its usual form, so that equal addresses are equal texts. Pure. */
export const canonicalAddress = (address: string): string =>
  isIPv6(address) && URL.canParse(`http://[${address}]`)
    ? new URL(`http://[${address}]`).hostname.slice(1, -1)
    : address

/** Returns a host as it is in a URL, where an IPv6 address is in brackets, without these. Pure. */
export const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/**
 * Returns a host in the form in which hosts are compared: small letters, no final dot, no brackets, and an IP address in its
 * usual form. Pure.
 */
export const canonicalHost = (host: string): string =>
  canonicalAddress(withoutBrackets(host.toLowerCase()).replace(/\.$/, ''))

const wildcards: ReadonlyMap<string, (address: string) => boolean> = new Map([
  ['0.0.0.0', isIPv4],
  ['::', () => true],
])

/** Whether an address stands for all addresses of the machine. */
export const isWildcard = (host: string): boolean => wildcards.has(host)

/** A machine can listen on every address of its loopback network, not only on the one that is listed. */
function isInLoopback(host: string, { address, cidr, internal }: MachineAddress): boolean {
  const length = Number(cidr?.split('/')[1])
  if (!internal || !isIPv4(address) || !isIPv4(host) || !Number.isInteger(length)) return false
  const network = new BlockList()
  network.addSubnet(address, length, 'ipv4')
  return network.check(host, 'ipv4')
}

/**
 * Whether a machine with these addresses can listen on a host: a wildcard address, one of its own addresses
 * that has the same meaning everywhere, or a host name. A name is resolved only when it is used. Pure.
 */
export function canListenOn(host: string, machine: readonly MachineAddress[]): boolean {
  if (isIP(host) === 0) return /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host) && !/^[\d.]+$/.test(host)
  // A zone (`fe80::1%eth0`) is no part of an address that other programs understand.
  if (host.includes('%')) return false
  const covers = wildcards.get(host)
  if (covers) return machine.some(({ address }) => covers(address))
  const wanted = canonicalAddress(host)
  return machine.some(
    (one) => (!one.scopeid && canonicalAddress(one.address) === wanted) || isInLoopback(wanted, one),
  )
}

/** The addresses at which a listener on a host can be reached: all of a family for a wildcard address. Pure. */
export function addressesBehind(host: string, machine: readonly MachineAddress[]): string[] {
  const covers = wildcards.get(host)
  if (!covers) return [host]
  return machine.flatMap(({ address, scopeid }) => (!scopeid && covers(address) ? [address] : []))
}
