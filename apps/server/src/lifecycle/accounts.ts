import type { NodeTools } from '../lib/node-tools.ts'
import { pathExists } from '../lib/path-exists.ts'
import { closedFolderAbove, findSystemUser, ownerOf, type SystemUser } from '../lib/system-user.ts'
import { nodeToolsFor } from './reachable-node.ts'

/**
 * The accounts that parts of the platform run as instead of root. null means that the part runs as the
 * platform's own user.
 */
export type Accounts = {
  /** The account of PostgreSQL, which refuses to run as root. */
  database: SystemUser | null
  /** The account of the algorithms. */
  algorithms: SystemUser | null
  /** The account of the media tools, which read files from outside. No other part uses it. */
  media: SystemUser | null
  /** Node and npm that the algorithms' account can run. */
  nodeTools: NodeTools
  /** Why algorithms run as root, if they do. */
  warning: string | null
}

/**
 * Returns the account that owns the database's files, because PostgreSQL refuses files of another account. If
 * there are none yet, returns the account that shall own them.
 */
async function databaseAccount(folder: string): Promise<SystemUser | null> {
  const isThere = await pathExists(folder)
  return (isThere ? await ownerOf(folder) : null) ?? findSystemUser(['vitrine-db', 'postgres', 'nobody'])
}

/**
 * Chooses the accounts if the platform runs as root: those that the start script creates, else those that
 * every machine has. The database and the algorithms never share an account, so an algorithm cannot read the
 * database's files.
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
