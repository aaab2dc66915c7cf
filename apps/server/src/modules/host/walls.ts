import { wallNames, type Wall, type WallName } from '@vitrine/contract'
import {
  buildNetwork,
  instanceAddresses,
  limits,
  network,
  sandbox,
  serviceAccounts,
  urlInputs,
} from './walls.algorithms.ts'
import type { DecideWall } from './walls.parts.ts'
import { controlPlane, database, gateway, quotas, transport } from './walls.platform.ts'
import type { WallReadings } from './walls.readings.ts'

/** How each wall is decided. */
const decideBy: Record<WallName, DecideWall> = {
  service_accounts: serviceAccounts,
  sandbox,
  limits,
  instance_addresses: instanceAddresses,
  network,
  build_network: buildNetwork,
  url_inputs: urlInputs,
  control_plane: controlPlane,
  database,
  gateway,
  transport,
  quotas,
}

/** Decides from the readings of this machine which walls are complete, which have gaps, and which are missing. Pure. */
export const wallsOf = (readings: WallReadings): Wall[] =>
  wallNames.map((name) => ({ name, ...decideBy[name](readings) }))
