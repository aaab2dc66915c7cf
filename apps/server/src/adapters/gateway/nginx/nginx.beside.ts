import { endpointText, type GatewayTable, type TcpEndpoint } from '@vitrine/contract'
import { addressesOfMachine, canListenOn } from '../../../lib/machine-addresses.ts'
import { isPortFree } from '../../../lib/procfs/port-holder.ts'
import { besideInNginx } from './nginx.listens.ts'
import { wantedAddresses } from './nginx.state.ts'

/** The addresses beside those of a table that are no addresses of the table itself. None where the machine has no IPv6. */
function addressesBeside(table: GatewayTable): TcpEndpoint[] {
  if (!canListenOn('::1', addressesOfMachine())) return []
  const wanted = wantedAddresses(table)
  const own = new Set(wanted.map(endpointText))
  const isOwn = ({ host, port }: TcpEndpoint) =>
    own.has(endpointText({ host, port })) || (host === '::1' && own.has(endpointText({ host: '::', port })))
  return wanted.flatMap((address) => besideInNginx(address) ?? []).filter((address) => !isOwn(address))
}

/**
 * The second loopback addresses of a table on which nginx can listen. `isListening` tells on which it already does. An
 * address that another process holds is left out and prevents nothing else.
 */
export async function openBeside(
  table: GatewayTable,
  isListening: (address: string) => boolean,
): Promise<ReadonlySet<string>> {
  const open = new Set<string>()
  for (const address of addressesBeside(table)) {
    const text = endpointText(address)
    if (isListening(text) || (await isPortFree(address.host, address.port))) open.add(text)
  }
  return open
}
