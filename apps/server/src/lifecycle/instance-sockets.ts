import { shortSocketName, socketFolder, type SocketFolder } from '../adapters/process-runner/socket-folder.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { Account } from '../lib/system-user.ts'
import { openGatewayFolder } from './gateway-folder.ts'

/** The folder with the sockets of instances. */
export type InstanceSockets = SocketFolder & {
  /** Lets the gateway's account connect to instances. */
  admit(account: Account): Promise<void>
  /** Closes the folder to everybody else, unless an account was admitted. Called when the gateway of this start serves. */
  closeToOthers(): Promise<void>
}

/**
 * Prepares the folder. The sockets in it stay, and whom it admits: instances listen there, and the gateway serves,
 * while the control plane is away.
 */
export async function openInstanceSockets(paths: DataPaths, isForOthers: boolean): Promise<InstanceSockets> {
  const aName = 'x'.repeat(shortSocketName)
  const wanted = { near: paths.sockets, name: 'vitrine-instances', aName, isForOthers }
  const folder = await openGatewayFolder(paths, wanted)
  return {
    ...socketFolder(folder.path),
    admit: (account) => folder.admit(account),
    closeToOthers: () => folder.closeToOthers(),
  }
}
