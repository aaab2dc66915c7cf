import { pathExists } from '../lib/path-exists.ts'
import { runCommand } from '../lib/run-command.ts'
import { closedFolderAbove, findSystemUser, ownerOf, type SystemUser } from '../lib/system-user.ts'

/** Accounts that the platform gives up root for. */
export type Accounts = {
  /** PostgreSQL's, which refuses root. */
  database: SystemUser | null
  /** The algorithms'. */
  algorithms: SystemUser | null
  /** The media tools', which read files that strangers made: none of the others'. */
  media: SystemUser | null
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
export async function chooseAccounts(input: { dataFolder: string; nodeFile: string }): Promise<Accounts> {
  if (process.getuid?.() !== 0) return { database: null, algorithms: null, media: null, warning: null }
  const database = await databaseAccount(`${input.dataFolder}/postgres`)
  const candidates = ['vitrine-run', 'nobody', 'daemon'].filter((name) => name !== database?.name)
  const algorithms = await findSystemUser(candidates)
  if (!algorithms)
    return { database, algorithms: null, media: null, warning: 'this machine has no low-privilege account' }
  const closed = await closedFolderAbove(`${input.dataFolder}/services`, algorithms)
  if (closed)
    return { database, algorithms: null, media: null, warning: `${closed} is closed to ${algorithms.name}` }
  const started = await runCommand({
    file: input.nodeFile,
    args: ['--version'],
    cwd: '/',
    env: {},
    runAs: { uid: algorithms.uid, gid: algorithms.gid },
  })
  const warning = started.exitCode === 0 ? null : `${input.nodeFile} cannot be run by ${algorithms.name}`
  const taken = [database?.name, algorithms.name]
  const media = await findSystemUser(['nobody', 'daemon', 'games'].filter((name) => !taken.includes(name)))
  return { database, algorithms: warning ? null : algorithms, media, warning }
}
