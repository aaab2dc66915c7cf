import type { NodeTools } from '../lib/node-tools.ts'
import { pathExists } from '../lib/path-exists.ts'
import { closedFolderAbove, findSystemUser, ownerOf, type SystemUser } from '../lib/system-user.ts'
import { nodeToolsFor } from './reachable-node.ts'

/** Accounts that the platform gives up root for. */
export type Accounts = {
  /** PostgreSQL's, which refuses root. */
  database: SystemUser | null
  /** The algorithms'. */
  algorithms: SystemUser | null
  /** The media tools', which read files that strangers made: none of the others'. */
  media: SystemUser | null
  /** Node and npm that the algorithms' account can run. */
  nodeTools: NodeTools
  /** Why algorithms run as root all the same, where they do. */
  warning: string | null
}

/** Who has the database's files already, for PostgreSQL refuses those of another account; else whom they are to belong to. */
async function databaseAccount(folder: string): Promise<SystemUser | null> {
  const isThere = await pathExists(folder)
  return (isThere ? await ownerOf(folder) : null) ?? findSystemUser(['vitrine-db', 'postgres', 'nobody'])
}

/**
 * Chooses the accounts where the platform is root: those that the start script makes, else what every machine has. Database and
 * algorithms never share one, so that an algorithm cannot read the database's files.
 */
export async function chooseAccounts(input: { dataFolder: string; nodeTools: NodeTools }): Promise<Accounts> {
  const { nodeTools } = input
  const asRoot = { algorithms: null, media: null, nodeTools }
  if (process.getuid?.() !== 0) return { ...asRoot, database: null, warning: null }
  const database = await databaseAccount(`${input.dataFolder}/postgres`)
  const candidates = ['vitrine-run', 'nobody', 'daemon'].filter((name) => name !== database?.name)
  const algorithms = await findSystemUser(candidates)
  if (!algorithms) return { ...asRoot, database, warning: 'this machine has no low-privilege account' }
  const closed = await closedFolderAbove(`${input.dataFolder}/services`, algorithms)
  if (closed) return { ...asRoot, database, warning: `${closed} is closed to ${algorithms.name}` }
  const reachable = await nodeToolsFor(algorithms, nodeTools, `${input.dataFolder}/runtimes`)
  const taken = [database?.name, algorithms.name]
  const media = await findSystemUser(['nobody', 'daemon', 'games'].filter((name) => !taken.includes(name)))
  if (!reachable) {
    const warning = `${nodeTools.node} cannot be run by ${algorithms.name}`
    return { database, algorithms: null, media, nodeTools, warning }
  }
  return { database, algorithms, media, nodeTools: reachable, warning: null }
}
