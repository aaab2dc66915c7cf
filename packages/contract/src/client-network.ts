/** How an IPv4 address in IPv6 form begins. */
const mapped = '::ffff:'

/** The eight groups of an IPv6 address, as numbers. `::` leaves out those that are zero. */
function groupsOf(address: string): number[] {
  const [begin = '', end] = address.split('::')
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  const groups = numbers(begin)
  if (end === undefined) return groups
  const last = numbers(end)
  while (groups.length + last.length < 8) groups.push(0)
  return [...groups, ...last]
}

/**
 * Who counts as one client: an address, and of IPv6 its network (/64), because one machine may use every address in it (RFC 4291,
 * 2.5.1). What is no address counts as itself. Limits of requests and of failed sign-ins use this, in the control plane and in both
 * gateways. It imports nothing and has no regular expression, because it also becomes Lua. Pure.
 */
export function clientNetwork(address: string): string {
  const lower = address.toLowerCase()
  if (!lower.includes(':')) return address
  if (lower.startsWith(mapped) && lower.includes('.')) return lower.slice(mapped.length)
  const groups = groupsOf(lower.split('%')[0] ?? '')
  if (groups.length !== 8 || groups.some((group) => !(group <= 0xffff))) return address
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}
