import type { Endpoint } from '@vitrine/contract'
import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import type { AccountBlock } from '../lib/account-block.ts'
import type { JobAccounts } from '../lib/job-accounts.ts'
import type { SealingKeys } from '../lib/sealing-keys.ts'
import type { NodeTools } from '../lib/node-tools.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { Words } from '../lib/words.ts'
import type { AccountProblem } from '../lifecycle/accounts.ts'
import type { ApiSocket } from '../lifecycle/api-socket.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import type { FileValues } from '../modules/config-files/config-file.ts'
import type { Drivers } from './drivers.ts'

/** What wiring the modules needs. */
export type ModulesInput = {
  settings: Settings
  paths: DataPaths
  drivers: Drivers
  access: Pick<
    AccessControl,
    'issueInstanceToken' | 'gatewayJwt' | 'noteKeyUses' | 'closeServiceToKeys' | 'streams'
  >
  /** The keys of all secrets. */
  sealingKeys: SealingKeys
  /** The numbers for the accounts of services and jobs. Null: all of them run as the platform's own account. */
  accountBlock: AccountBlock | null
  /** Why there are no such numbers. Null if there are. */
  accountProblem: AccountProblem | null
  /** Why the control plane is root. Null if it is not, or if nobody has said it. */
  rootKept: Words | null
  /** The control plane's own socket, and who can connect to it. */
  apiSocket: Pick<ApiSocket, 'admitted' | 'warning'>
  /** The path of the socket at which instances without a network fetch media. */
  mediaSocket: string
  jobAccounts: JobAccounts
  /** Node and npm for those accounts. */
  nodeTools: NodeTools
  runtimesFolder: string
  /** The environment of the platform. */
  env: Readonly<Record<string, string | undefined>>
  /** The values of `config.yaml` in the data folder. */
  configFile: FileValues
  commandEnv: Readonly<Record<string, string>>
  /** The version of the platform. */
  version: string
  logger: Logger
  /** The address on which the control plane listens, for the gateway. */
  controlAddress: Endpoint
}
