import { constants } from 'node:fs'
import { access, lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { SettingsError, type Settings } from '../config.ts'
import { platformOf, type AccountBlock } from '../lib/account-block.ts'
import { ifThere } from '../lib/if-there.ts'
import { dataPaths } from '../lib/paths.ts'
import { pathExists } from '../lib/path-exists.ts'
import { shellWord } from '../lib/shell-word.ts'
import { closedFolderAbove, type Account } from '../lib/system-user.ts'
import type { Words } from '../lib/words.ts'
import { trustedPythons } from '../modules/environments/interpreter-places.ts'
import { findDataFolder, giveDataFolder } from './data-folder.ts'
import { entering, programs } from './entering.ts'
import { giveGroups } from './groups.ts'
import { handOver } from './hand-over.ts'
import { LateError } from './late.ts'
import { keepNamespace, rootsFolderOf } from './namespace.ts'
import { isPlatform, registeredBlock } from './register.ts'
import { serviceAccount } from './service-account.ts'
import { mapOf } from './user-map.ts'

/**
 * What the start does with root's rights. Kept: the control plane runs as root, and why. Dropped: the words in
 * front of its command, the variables that it gets besides, and the numbers of users as which the platform runs.
 */
export type RootAnswer =
  | { root: 'kept'; why: Words }
  | {
      root: 'dropped'
      dataFolder: string
      command: string[]
      env: Record<string, string>
      numbers: AccountBlock[]
    }

type Kept = Extract<RootAnswer, { root: 'kept' }>

/** The files that the platform's own account must be able to read, and where root finds programs. */
export type ProgramFiles = { node: string; main: string; path: string }

const kept = (zh: string, en: string): Kept => ({ root: 'kept', why: { zh, en } })
const addDatabaseAccount =
  'useradd --system --user-group --no-create-home --shell /usr/sbin/nologin vitrine-db'
const everybody: Account = { uid: -1, gid: -1 }
const firstOpenPort = 1_024

/** What in the settings needs root by its nature. Pure. */
export function keptBySettings(
  settings: Pick<
    Settings,
    'VITRINE_ROOT' | 'VITRINE_NGINX_CONF_DIR' | 'VITRINE_PORT' | 'VITRINE_FRONT_PORTS'
  >,
): Kept | null {
  if (settings.VITRINE_ROOT === 'keep') return kept('VITRINE_ROOT=keep', 'VITRINE_ROOT=keep')
  if (settings.VITRINE_NGINX_CONF_DIR !== undefined)
    return kept(
      'VITRINE_NGINX_CONF_DIR：系统的 nginx 以 root 读取平台写的配置',
      'VITRINE_NGINX_CONF_DIR: the system’s nginx is root and reads what the platform writes',
    )
  const isLow = settings.VITRINE_PORT < firstOpenPort || settings.VITRINE_FRONT_PORTS.first < firstOpenPort
  if (!isLow) return null
  return kept(
    `VITRINE_PORT、VITRINE_FRONT_PORTS：低于 ${firstOpenPort} 的端口只有 root 能监听`,
    `VITRINE_PORT, VITRINE_FRONT_PORTS: only root listens on ports below ${firstOpenPort}`,
  )
}

async function keptByMachine({ node, main }: ProgramFiles): Promise<Kept | null> {
  if (process.getuid?.() !== 0) return kept('没有以 root 启动', 'not started as root')
  for (const program of Object.values(programs))
    if (!(await pathExists(program)))
      return kept(
        `没有 ${program}（apt-get install util-linux mount）`,
        `${program} is missing (apt-get install util-linux mount)`,
      )
  for (const file of [node, main]) {
    const closed = await closedFolderAbove(file, everybody)
    const isOpen = ((await stat(file)).mode & 0o004) !== 0
    if (closed !== null || !isOpen) {
      const command = closed === null ? `chmod o+r ${shellWord(file)}` : `chmod o+x ${shellWord(closed)}`
      return kept(
        `其他账户不能读取 ${closed ?? file}（${command}）`,
        `${closed ?? file} is closed to other accounts (${command})`,
      )
    }
  }
  return access('/run', constants.W_OK).then(
    () => null,
    () => kept('/run 不可写', '/run cannot be written'),
  )
}

/**
 * Why a data folder stays as it is where nobody has asked for more: one of root with contents is handed over only by
 * `VITRINE_ROOT=drop`, because that cannot simply be undone. Null for a new folder and for one of the platform.
 */
async function keptByFolder(
  { VITRINE_ROOT }: Pick<Settings, 'VITRINE_ROOT'>,
  folder: string,
): Promise<Kept | null> {
  if (VITRINE_ROOT === 'drop') return null
  const { uid } = await stat(folder)
  if (uid !== 0)
    return (await isPlatform(uid))
      ? null
      : kept(`${folder} 属于用户 ${uid}`, `${folder} belongs to the user ${uid}`)
  if ((await readdir(folder)).length === 0) return null
  return kept(
    `${folder} 是 root 的；全部停止后以 VITRINE_ROOT=drop 启动即可移交`,
    `${folder} is root’s; a start with VITRINE_ROOT=drop, after everything has ended, hands it over`,
  )
}

/** The accounts with a name that run parts of the platform. Null if the one of the database is missing. */
async function namedAccounts(ownDatabase: boolean): Promise<Account[] | null> {
  const passwd = await readFile('/etc/passwd', 'utf8')
  const database = serviceAccount(passwd, 'vitrine-db')
  if (ownDatabase && !database) return null
  return [database, serviceAccount(passwd, 'vitrine-gateway')].filter((account) => account !== null)
}

/** Why the embedded database cannot be used: its files belong to an account that the platform cannot become. */
async function foreignDatabase(folder: string, [database]: readonly Account[]): Promise<Kept | null> {
  const postgres = join(folder, 'postgres')
  const owner = (await ifThere(lstat(postgres)))?.uid
  if (owner === undefined || owner === database?.uid) return null
  const command = `chown -R -h --from=${owner} vitrine-db: ${shellWord(postgres)}`
  return kept(
    `数据库的文件属于用户 ${owner}，不是本机的 vitrine-db：${command}`,
    `the files of the database belong to the user ${owner}, not to vitrine-db of this machine: ${command}`,
  )
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What it means that a step has failed which the machine may not be able to do. One that was only late is thrown again. */
export function keptByFailure(error: unknown): Kept {
  if (error instanceof LateError) throw error
  return kept(
    `无法建立用户命名空间：${messageOf(error)}`,
    `there can be no user namespace: ${messageOf(error)}`,
  )
}

/**
 * Throws if a folder belongs to a platform that was not root: what it has written there could lead root anywhere. A backup that was
 * unpacked without its outermost folder is in one of root, so the folder of the keys inside counts as well.
 */
export async function refuseOwned(path: string, { why }: Pick<Kept, 'why'>): Promise<void> {
  const folder = await ifThere(realpath(path))
  if (folder === null) return
  const outer = (await stat(folder)).uid
  const inner = (await ifThere(lstat(dataPaths(folder).secrets)))?.uid
  const number = outer === 0 ? (inner ?? outer) : outer
  if (!(await isPlatform(number))) return
  throw new SettingsError([
    `VITRINE_ROOT: ${folder} 属于不以 root 运行的平台（用户 ${number}），root 不在其中工作：${why.zh} · ${folder} belongs to a platform that was not root (user ${number}), so root does not work in it: ${why.en}`,
  ])
}

/**
 * Does what only root can do for a platform that is not root: chooses its numbers, gives it its data folder, and
 * makes the user namespace in which the kernel grants it these numbers and nothing else. Reads nothing that the
 * platform may write. A folder of root with contents is handed over only if the caller knows that everything of its
 * platform `hasEnded`. Throws {@link SettingsError} if numbers of the setting cannot be used, or if root would have
 * to run the platform in a folder of one that was not root; {@link LateError} if the machine is too busy to find out.
 */
export async function openRoot(
  settings: Settings,
  files: ProgramFiles,
  hasEnded: boolean,
): Promise<RootAnswer> {
  const answer = await dropRoot(settings, files, hasEnded)
  if (answer.root === 'kept' && process.getuid?.() === 0) await refuseOwned(settings.VITRINE_DATA_DIR, answer)
  return answer
}

/**
 * The Pythons of this machine that only root can change, as the setting says them. It replaces what a person has named: of
 * that, those stay that are trusted.
 */
async function pythonsFor({ VITRINE_PYTHONS: named = [] }: Settings, path: string): Promise<string> {
  const found = await trustedPythons({ home: homedir(), path, named })
  return found.filter((program) => !program.includes(delimiter)).join(delimiter)
}

/** A name of the build that a program is from. */
const buildOf = async (program: string): Promise<string> =>
  Math.round((await stat(program)).mtimeMs).toString(36)

/** The variables of a control plane without root. */
const variablesFor = async (
  settings: Settings,
  files: ProgramFiles,
  folder: string,
  block: AccountBlock,
): Promise<Record<string, string>> => ({
  VITRINE_ROOT: 'drop',
  VITRINE_DATA_DIR: folder,
  VITRINE_ACCOUNTS: `${block.first}-${block.first + block.size - 1}`,
  VITRINE_PYTHONS: await pythonsFor(settings, files.path),
  HOME: folder,
  // It cannot write beside the program. No account of a service can write in this folder.
  NODE_COMPILE_CACHE: join(dataPaths(folder).compiled, await buildOf(files.main)),
})

async function dropRoot(settings: Settings, files: ProgramFiles, hasEnded: boolean): Promise<RootAnswer> {
  const impossible = keptBySettings(settings) ?? (await keptByMachine(files))
  if (impossible) return impossible
  const named = await namedAccounts(settings.DATABASE_URL === undefined)
  if (!named)
    return kept(
      `没有不能登录的系统账户 vitrine-db（${addDatabaseAccount}）`,
      `there is no account vitrine-db that nobody can sign in with (${addDatabaseAccount})`,
    )
  const found = await findDataFolder(settings.VITRINE_DATA_DIR)
  if ('why' in found) return { root: 'kept', ...found }
  const { folder } = found
  const asItIs = await keptByFolder(settings, folder)
  if (asItIs) return asItIs
  const block = await registeredBlock(folder, settings.VITRINE_ACCOUNTS ?? null)
  if (!block) return kept('本机没有空闲的账户号', 'this machine has no free numbers for accounts')
  const foreign = settings.DATABASE_URL === undefined ? await foreignDatabase(folder, named) : null
  if (foreign) return foreign
  const map = mapOf(block, named)
  try {
    // First what may be impossible here, then what changes the folder.
    const namespace = await keepNamespace(folder, map)
    const number = platformOf(block)
    const groups = await giveGroups(folder, { ownFolder: rootsFolderOf(folder), number })
    const ofOthers = named.map(({ uid }) => ({ first: uid, size: 1 }))
    const refused = await giveDataFolder(
      folder,
      number,
      hasEnded ? () => handOver(folder, block, ofOthers) : null,
    )
    if (refused) return { root: 'kept', ...refused }
    return {
      root: 'dropped',
      dataFolder: folder,
      command: entering(namespace, groups),
      env: await variablesFor(settings, files, folder, block),
      numbers: [block, ...ofOthers],
    }
  } catch (error) {
    return keptByFailure(error)
  }
}
