import { besideLoopback } from '@vitrine/contract'
import type { Database } from '../adapters/database/database.ts'
import type { PortSource } from '../adapters/process-runner/process-runner.ts'
import type { MachineClaims } from '../lib/machine-claims.ts'
import { keyedQueue } from '../lib/keyed-queue.ts'
import { addressesBehind, addressesOfMachine, canListenOn } from '../lib/machine-addresses.ts'
import { listeningPorts } from '../lib/procfs/all-port-holders.ts'
import { findPortHolder, isPortFree } from '../lib/procfs/port-holder.ts'
import { partsOfInstance } from '../modules/instances/instance-spec.ts'
import { createInstancePorts, placeIn } from '../modules/ports/instance-ports.ts'
import { createPortsRepository } from '../modules/ports/ports.repository.ts'
import type { PortsDeps } from '../modules/ports/ports.deps.ts'
import type { DriverInput } from './driver-input.ts'

/** Instances on this machine listen only on this address. */
const instanceHost = '127.0.0.1'

/** Creates the allocation of ports to instances on this machine. */
export function instancePortsOf(
  { settings, paths, logger }: DriverInput,
  db: Database,
  claims: MachineClaims,
): PortSource {
  const range = settings.VITRINE_INSTANCE_PORTS
  return createInstancePorts({
    ports: createPortsRepository({ db }),
    probe: { isFree: isPortFree },
    claims,
    host: instanceHost,
    range,
    start: placeIn(range, paths.root),
    ownerOf: partsOfInstance,
    onError: (error) => logger.error({ err: error }, 'the ledger of ports could not be written'),
  })
}

/** Whether nobody listens at an address for people, nor beside it, where `localhost` leads first. */
async function isFrontFree(host: string, port: number): Promise<boolean> {
  const beside = besideLoopback({ host, port })
  const isThere = beside !== null && canListenOn(beside.host, addressesOfMachine())
  return (await isPortFree(host, port)) && (!isThere || isPortFree(beside.host, port))
}

/** What reserving front ports needs. */
export const frontPortsOf = (
  settings: DriverInput['settings'],
  db: Database,
  claims: MachineClaims,
): PortsDeps => ({
  ports: createPortsRepository({ db }),
  probe: {
    isFree: isFrontFree,
    canListenOn: (host) => canListenOn(host, addressesOfMachine()),
    addressesBehind: (host) => addressesBehind(host, addressesOfMachine()),
    holder: findPortHolder,
    listening: listeningPorts(),
  },
  claims,
  queue: keyedQueue(),
  ranges: { front: settings.VITRINE_FRONT_PORTS, instance: settings.VITRINE_INSTANCE_PORTS },
})
