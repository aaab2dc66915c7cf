import ipaddr from 'ipaddr.js'
import { addressesOfMachine } from './machine-addresses.ts'

/**
 * All IPv6 addresses that are given out are in it (RFC 4291, section 2.4). Outside of it are forms that lead to an IPv4 address, such
 * as `::10.0.0.1`.
 */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an IP address belongs to the public internet. For an IPv4 address inside IPv6, the IPv4 address counts. False
 * for what is no address. Pure.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const ip = ipaddr.process(address)
  // 64:ff9b::/96: the last 32 bits are the IPv4 address (RFC 6052).
  if (ip instanceof ipaddr.IPv6 && ip.range() === 'rfc6052')
    return isPublicAddress(ip.toByteArray().slice(12).join('.'))
  return ip.range() === 'unicast' && (ip instanceof ipaddr.IPv4 || ip.match(globalUnicast))
}

/**
 * Returns whether an IP address belongs to the public internet and not to this machine, whose programs may trust what
 * comes from itself. The addresses of the machine are those of this moment.
 */
export function publicElsewhere(): (address: string) => boolean {
  const own = new Set(addressesOfMachine().map(({ address }) => ipaddr.process(address).toString()))
  return (address) => isPublicAddress(address) && !own.has(ipaddr.process(address).toString())
}
