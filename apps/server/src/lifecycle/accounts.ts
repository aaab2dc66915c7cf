import { accountOf, type AccountBlock } from '../lib/account-block.ts'
import type { NodeTools } from '../lib/node-tools.ts'
import { pathExists } from '../lib/path-exists.ts'
import { closedFolderAbove, findSystemUser, ownerOf, type SystemUser } from '../lib/system-user.ts'
import { chooseBlock, noteBlock } from './choose-account-block.ts'
import { nodeToolsFor } from './reachable-node.ts'

/** The accounts that parts of the platform run as instead of its own. */
export type Accounts = {
  /** The account of PostgreSQL, which refuses to run as root. Null for the platform's own. */
  database: SystemUser | null
  /**
   * The numbers from which every service, build and media job gets an account of its own. Null: all of them
   * run as the platform's own account.
   */
  block: AccountBlock | null
  /** Node and npm that these accounts can run. */
  nodeTools: NodeTools
  /** Why services have no accounts of their own; null if they have. */
  problem: AccountProblem | null
  /** The same for people. */
  warning: string | null
}

/** Why services have no accounts of their own. `path` is the program or folder that is missing or closed. */
export type AccountProblem =
  | { code: 'not_root' }
  | { code: 'no_account_numbers' }
  | { code: 'no_setpriv' | 'folder_closed' | 'node_closed'; path: string }

/** The program with which supervisord's programs change to their account (util-linux). */
const setprivFile = '/usr/bin/setpriv'

const asUser =
  '没有以 root 启动：平台与所有算法同用一个账户，彼此不隔离（docs/operations/security.md） · not started as root: the platform and all algorithms share one account, which does not separate them (docs/operations/security.md)'

const whyAsRoot = (problem: Exclude<AccountProblem, { code: 'not_root' }>): string => {
  if (!('path' in problem)) return 'this machine has no free numbers for accounts'
  const { code, path } = problem
  const is = {
    no_setpriv: 'is missing',
    folder_closed: 'is closed to other accounts',
    node_closed: 'cannot be run by other accounts',
  }[code]
  return `${path} ${is}`
}

/** Why services have no accounts of their own, for people. */
const warningOf = (problem: AccountProblem): string =>
  problem.code === 'not_root'
    ? asUser
    : `算法以 root 运行，没有各自的账户 · algorithms run as root, without accounts of their own: ${whyAsRoot(problem)}`

/**
 * Returns the account that owns the database's files, because PostgreSQL refuses files of another account. If
 * there are none yet, returns the account that shall own them.
 */
async function databaseAccount(folder: string): Promise<SystemUser | null> {
  const isThere = await pathExists(folder)
  return (isThere ? await ownerOf(folder) : null) ?? findSystemUser(['vitrine-db', 'postgres', 'nobody'])
}

/**
 * Chooses the accounts. As root, the database has an account that the start script creates or that every
 * machine has, and services and jobs have numbers that nothing else on the machine uses. As an ordinary user,
 * everything has that user's account, and the warning says so. Throws if the numbers that are `wanted` cannot
 * be used.
 */
export async function chooseAccounts(input: {
  dataFolder: string
  nodeTools: NodeTools
  wanted: AccountBlock | null
  /** Whether root has chosen the numbers that are wanted, and has put us where nothing else exists. */
  isDropped: boolean
}): Promise<Accounts> {
  const { dataFolder, nodeTools } = input
  const shared = { block: null, nodeTools }
  const because = (problem: AccountProblem) => ({ ...shared, problem, warning: warningOf(problem) })
  if (process.getuid?.() !== 0) return { ...because({ code: 'not_root' }), database: null }
  const database = await databaseAccount(`${dataFolder}/postgres`)
  const without = (problem: AccountProblem) => ({ ...because(problem), database })
  if (!(await pathExists(setprivFile))) return without({ code: 'no_setpriv', path: setprivFile })
  const block =
    input.isDropped && input.wanted
      ? await noteBlock(dataFolder, input.wanted)
      : await chooseBlock(dataFolder, input.wanted)
  if (!block) return without({ code: 'no_account_numbers' })
  const account = accountOf(block.first)
  const closed = await closedFolderAbove(`${dataFolder}/services`, account)
  if (closed) return without({ code: 'folder_closed', path: closed })
  const reachable = await nodeToolsFor(account, nodeTools, `${dataFolder}/runtimes`)
  if (!reachable) return without({ code: 'node_closed', path: nodeTools.node })
  return { database, block, nodeTools: reachable, problem: null, warning: null }
}
