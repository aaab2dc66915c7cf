import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SettingsError } from '../config.ts'
import { isInBlock, overlap, platformOf, type AccountBlock } from '../lib/account-block.ts'
import { livingAccounts } from '../lib/end-account.ts'
import { ifThere, readJsonIfThere } from '../lib/if-there.ts'
import { pathExists } from '../lib/path-exists.ts'
import { shortDigest } from '../lib/short-digest.ts'
import { inBoth, type Words } from '../lib/words.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'
import {
  blockCandidates,
  blockOf,
  blockOfPlatformNumber,
  readBlockCheck,
  usedByAnother,
  registerFolder,
  type BlockCheck,
} from '../lifecycle/choose-account-block.ts'
import { leaveGroups } from './groups.ts'
import { leaveNamespace, rootsFolderOf } from './namespace.ts'

/**
 * Where root remembers which numbers it has given to which data folder. Unlike `accounts.json` in the folder, the
 * platform cannot change it and so get the numbers of another one. It survives a reboot.
 */
const rootsRegister = '/var/lib/vitrine-accounts'

const entrySchema = z.object({ dataFolder: z.string(), first: z.number().int(), size: z.number().int() })
/** The numbers of a data folder. */
export type RegisterEntry = z.output<typeof entrySchema>

const entryFile = (dataFolder: string) => join(rootsRegister, `${shortDigest(dataFolder)}.json`)

async function readRegister(folder: string): Promise<RegisterEntry[]> {
  const names = ((await ifThere(readdir(folder))) ?? []).filter((name) => name.endsWith('.json'))
  return Promise.all(
    names.map(async (name) => entrySchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  )
}

/** What picking a block needs to know. */
export type Numbers = {
  entries: readonly RegisterEntry[]
  check: BlockCheck
  candidates: Iterable<AccountBlock>
  /** The accounts that have processes. */
  living: readonly number[]
  /** Whether a platform of another data folder, which runs as root, has a block. */
  isTaken: (block: AccountBlock) => boolean
  /** The user that the data folder belongs to. */
  owner: number
  /** The numbers that the folder had when root ran its platform; null if it never did, or somebody else owns the folder. */
  noted: AccountBlock | null
}

/** The entry of the platform that a user is; null if the user is none. Pure. */
const entryOfPlatform = (entries: readonly RegisterEntry[], uid: number): RegisterEntry | null =>
  entries.find((one) => platformOf(one) === uid) ?? null

/**
 * The numbers of the platform that owns a folder, and for people where they are from: those that root has given on this
 * machine, or those of a platform of another one. Null if no platform owns it. Pure.
 */
function ownersNumbers({
  entries,
  owner,
  check,
}: Pick<Numbers, 'entries' | 'owner' | 'check'>): (AccountBlock & { of: Words; remedy: Words }) | null {
  const here = entryOfPlatform(entries, owner)
  if (here)
    return {
      first: here.first,
      size: here.size,
      of: { zh: `${here.dataFolder} 的平台`, en: `the platform of ${here.dataFolder}` },
      remedy: {
        zh: '。副本不能与原目录同时留在一台机器上：停止原平台，把原目录移走或改名，再启动副本；或者在另一台机器上启动',
        en: '. A copy cannot be on one machine together with the original: stop that platform and rename or move its folder, then start the copy, or start it on another machine',
      },
    }
  const isAccount = check({ first: owner, size: 1 }) !== null
  const elsewhere = isAccount ? null : blockOfPlatformNumber(owner)
  const of = { zh: '另一台机器的平台', en: 'a platform of another machine' }
  return elsewhere && { ...elsewhere, of, remedy: { zh: '', en: '' } }
}

/**
 * Picks the numbers of a data folder: those that are wanted, else those that it has, else a block that nothing on
 * the machine uses. A folder that was root's has those with which root ran it, and one of a platform of another machine
 * brings its own. Null if there is none. Throws {@link SettingsError} if those that are wanted cannot be used, or if a
 * platform with other numbers owns the folder: entering new ones would hide what it has written there. Pure.
 */
export function pickBlock(
  dataFolder: string,
  wanted: AccountBlock | null,
  numbers: Numbers,
): AccountBlock | null {
  const block = usableBlock(dataFolder, wanted, numbers)
  const earlier = ownersNumbers(numbers)
  if (!block || !earlier || platformOf(block) === numbers.owner) return block
  const { first, size, of, remedy } = earlier
  const numbersOf = `${first}-${first + size - 1}`
  throw new SettingsError([
    `VITRINE_ACCOUNTS: ${inBoth(
      `${dataFolder} 属于${of.zh}，用户号为 ${numbersOf}，不能换成别的${remedy.zh}`,
      `${dataFolder} belongs to ${of.en} with the numbers ${numbersOf}, and cannot get others${remedy.en}`,
    )}`,
  ])
}

function usableBlock(dataFolder: string, wanted: AccountBlock | null, numbers: Numbers): AccountBlock | null {
  const { entries, check, candidates, living, isTaken, noted } = numbers
  const isOthers = (block: AccountBlock) =>
    isTaken(block) || entries.some((one) => one.dataFolder !== dataFolder && overlap(one, block))
  if (wanted) {
    const problem = isOthers(wanted) ? usedByAnother : check(wanted)
    if (problem !== null) throw new SettingsError([`VITRINE_ACCOUNTS: ${problem}`])
    return wanted
  }
  if (noted && check(noted) === null && !isOthers(noted)) return noted
  const own = entries.find((one) => one.dataFolder === dataFolder)
  if (own && check(own) === null) return { first: own.first, size: own.size }
  const isFree = (block: AccountBlock) =>
    check(block) === null && !isOthers(block) && !living.some((uid) => isInBlock(block, uid))
  const brought = ownersNumbers(numbers)
  if (brought && isFree(brought)) return { first: brought.first, size: brought.size }
  for (const block of candidates) if (isFree(block)) return block
  return null
}

/** The entries of platforms that run as root: the first number, and the data folder. */
async function readTaken(): Promise<Map<number, string>> {
  const names = (await ifThere(readdir(registerFolder))) ?? []
  const entries = names.map(async (name): Promise<[number, string]> => [
    Number(name),
    (await ifThere(readFile(join(registerFolder, name), 'utf8'))) ?? '',
  ])
  return new Map(await Promise.all(entries))
}

/** Tells platforms that run as root, which look only there. */
async function tellOthers(dataFolder: string, { first }: AccountBlock): Promise<void> {
  await mkdir(registerFolder, { recursive: true, mode: 0o700 })
  await writeFile(join(registerFolder, String(first)), dataFolder, { mode: 0o600 })
}

/** Returns the numbers of a data folder and remembers them. Needs root. Null and errors as in {@link pickBlock}. */
export async function registeredBlock(
  dataFolder: string,
  wanted: AccountBlock | null,
): Promise<AccountBlock | null> {
  await mkdir(rootsRegister, { recursive: true, mode: 0o700 })
  const { uid: owner } = await stat(dataFolder)
  await forgetMoved(dataFolder, owner)
  const taken = await readTaken()
  const block = pickBlock(dataFolder, wanted, {
    entries: await readRegister(rootsRegister),
    check: await readBlockCheck(),
    candidates: blockCandidates(dataFolder),
    living: [...livingAccounts()],
    isTaken: ({ first }) => taken.has(first) && taken.get(first) !== dataFolder,
    owner,
    // Only root's own word counts, and only while the folder is root's.
    noted: owner === 0 ? await blockOf(dataFolder) : null,
  })
  if (!block) return null
  await writeFileAtomically(entryFile(dataFolder), JSON.stringify({ dataFolder, ...block }), 0o600)
  await tellOthers(dataFolder, block)
  return block
}

/** The numbers that root has given to a data folder; null if it has given it none. */
export const knownBlock = (dataFolder: string): Promise<AccountBlock | null> =>
  readJsonIfThere(entryFile(dataFolder), entrySchema)

/** Whether a user is a platform that was not root, of this machine or of another one. */
export const isPlatform = async (uid: number): Promise<boolean> =>
  ownersNumbers({ entries: await readRegister(rootsRegister), owner: uid, check: await readBlockCheck() }) !==
  null

/** Frees the numbers that a data folder had at another place, if it is not there any more and nothing of it runs. */
async function forgetMoved(dataFolder: string, owner: number): Promise<void> {
  const earlier = entryOfPlatform(await readRegister(rootsRegister), owner)
  if (!earlier || earlier.dataFolder === dataFolder || (await pathExists(earlier.dataFolder))) return
  if ([...livingAccounts()].some((uid) => isInBlock(earlier, uid))) return
  if (!(await leaveGroups(rootsFolderOf(earlier.dataFolder)))) return
  await leaveNamespace(earlier.dataFolder)
  await forgetBlock(earlier.dataFolder, earlier)
}

/** Forgets the numbers of a data folder that does not exist any more. */
export async function forgetBlock(dataFolder: string, { first }: AccountBlock): Promise<void> {
  const told = join(registerFolder, String(first))
  if ((await ifThere(readFile(told, 'utf8'))) === dataFolder) await rm(told, { force: true })
  await rm(entryFile(dataFolder), { force: true })
}
