import type { Logger } from 'pino'
import type { Settings } from '../config.ts'
import type { NodeTools } from '../lib/node-tools.ts'
import type { DataPaths } from '../lib/paths.ts'
import type { SystemUser } from '../lib/system-user.ts'
import type { AccessControl } from '../modules/auth/auth.assembly.ts'
import type { Drivers } from './drivers.ts'

/** What wiring the modules needs. */
export type ModulesInput = {
  settings: Settings
  paths: DataPaths
  drivers: Drivers
  access: Pick<AccessControl, 'issueInstanceToken' | 'gatewayJwt' | 'noteKeyUses'>
  algorithmUser: SystemUser | null
  /** Node and npm for that account. */
  nodeTools: NodeTools
  runtimesFolder: string
  commandEnv: Readonly<Record<string, string>>
  /** The version of the platform. */
  version: string
  logger: Logger
  /** The address of the control plane, once it listens. */
  controlAddress: () => { host: string; port: number } | null
}
