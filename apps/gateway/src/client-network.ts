/** How an IPv4 address in IPv6 form begins. */
const mapped = '::ffff:'

/** The groups of an IPv6 address, of which `::` leaves out those that are zero. */
function groupsOf(address: string): string[] {
  const [begin = '', end] = address.split('%')[0]?.split('::') ?? []
  const groups = begin === '' ? [] : begin.split(':')
  if (end === undefined) return groups
  const last = end === '' ? [] : end.split(':')
  while (groups.length + last.length < 8) groups.push('0')
  return [...groups, ...last]
}

/**
 * Who counts as one client: an address, and of IPv6 a network (/64), because each client has a whole one of those and can use all of
 * its addresses. Both gateways use this, so it imports nothing. Pure.
 */
export function clientNetwork(address: string): string {
  if (!address.includes(':')) return address
  if (address.startsWith(mapped) && address.includes('.')) return address.slice(mapped.length)
  return groupsOf(address).slice(0, 4).join(':')
}
