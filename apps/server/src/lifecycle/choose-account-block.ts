import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../lib/code-of-error.ts'
import { SettingsError } from '../config.ts'
import { isInBlock, overlap, platformOf, type AccountBlock } from '../lib/account-block.ts'
import { livingAccounts } from '../lib/end-account.ts'
import { ifThere } from '../lib/if-there.ts'
import { inBoth } from '../lib/words.ts'
import { writeFileAtomically } from '@vitrine/contract/write-file-atomically'

/** Where the platforms of this machine enter their blocks, so that no two have the same. Emptied at a reboot. */
export const registerFolder = '/run/vitrine-accounts'

/**
 * Numbers that distributions leave unused (systemd's "Users, Groups, UIDs and GIDs"), in blocks; and for a
 * container with only the first 65,536 numbers, smaller blocks between ordinary users and system services.
 */
const series = [
  { from: 1_900_000_000, size: 10_000, count: 20_000 },
  { from: 20_000, size: 1_000, count: 40 },
]

/**
 * The block that has this number for its platform, if it was chosen from those above, on whatever machine; null for any
 * other number. Pure.
 */
export function blockOfPlatformNumber(number: number): AccountBlock | null {
  for (const { from, size, count } of series) {
    const index = Math.floor((number - from) / size)
    const block = { first: from + index * size, size }
    if (index >= 0 && index < count && platformOf(block) === number) return block
  }
  return null
}

const readIfThere = async (path: string) => (await ifThere(readFile(path, 'utf8'))) ?? ''

const fieldsOf = (text: string) => text.split('\n').map((line) => line.split(':'))

/** The numbers that the machine's own files use, with what uses them. Pure. */
export function usedNumbers(files: {
  passwd: string
  group: string
  subuid: string
  subgid: string
}): (AccountBlock & { by: string })[] {
  const single = (file: string, text: string) =>
    fieldsOf(text).flatMap(([name, , number, group]) => {
      if (!name || !number) return []
      const numbers = file === 'passwd' && group ? [number, group] : [number]
      return numbers.map((one) => ({ first: Number(one), size: 1, by: `${name} (/etc/${file})` }))
    })
  const ranges = (file: string, text: string) =>
    fieldsOf(text).flatMap(([name, first, size]) =>
      name && first && size
        ? [{ first: Number(first), size: Number(size), by: `${name} (/etc/${file})` }]
        : [],
    )
  return [
    ...single('passwd', files.passwd),
    ...single('group', files.group),
    ...ranges('subuid', files.subuid),
    ...ranges('subgid', files.subgid),
  ]
}

/** The numbers that exist in this user namespace, from the text of /proc/self/uid_map. Pure. */
export const mappedNumbers = (map: string): AccountBlock[] =>
  map.split('\n').flatMap((line) => {
    const [first, , size] = line.trim().split(/\s+/)
    return first && size ? [{ first: Number(first), size: Number(size) }] : []
  })

/** What keeps this machine from using a block, in both languages; null if nothing does. */
export type BlockCheck = (block: AccountBlock) => string | null

/** Why numbers that another platform uses cannot be chosen. */
export const usedByAnother = inBoth(
  '本机的另一个平台在用这些用户号',
  'another platform of this machine uses these numbers',
)

/** Reads the accounts of the machine once. */
export async function readBlockCheck(): Promise<BlockCheck> {
  const [passwd, group, subuid, subgid] = await Promise.all(
    ['passwd', 'group', 'subuid', 'subgid'].map((name) => readIfThere(`/etc/${name}`)),
  )
  const used = usedNumbers({
    passwd: passwd ?? '',
    group: group ?? '',
    subuid: subuid ?? '',
    subgid: subgid ?? '',
  })
  const maps = await Promise.all(
    ['uid_map', 'gid_map'].map(async (name) => mappedNumbers(await readIfThere(`/proc/self/${name}`))),
  )
  return (block) => {
    const user = used.find((one) => overlap(one, block))
    if (user) return inBoth(`其中有号已被 ${user.by} 使用`, `${user.by} uses a number of it`)
    const isMapped = maps.every((map) =>
      map.some(({ first, size }) => block.first >= first && block.first + block.size <= first + size),
    )
    return isMapped
      ? null
      : inBoth('这个容器里没有其中的全部用户号', 'not all of its numbers exist in this container')
  }
}

const storedBlock = z.object({ dataFolder: z.string(), first: z.number(), size: z.number() })
const fileOf = (dataFolder: string) => join(dataFolder, 'accounts.json')

/**
 * The block that a data folder has. Null if it has none, or is a copy of the folder that has it. Whoever may write to
 * the folder decides what this is.
 */
export async function blockOf(dataFolder: string): Promise<AccountBlock | null> {
  const text = await readIfThere(fileOf(dataFolder))
  if (text === '') return null
  const { dataFolder: of, ...block } = storedBlock.parse(JSON.parse(text))
  return of === dataFolder ? block : null
}

/** Enters a block for a data folder. False if another folder of this machine has it. */
async function enter(dataFolder: string, block: AccountBlock): Promise<boolean> {
  const isThere = await mkdir(registerFolder, { recursive: true, mode: 0o700 }).then(
    () => true,
    (error: unknown) => {
      // A container whose system is read-only has one platform.
      if (hasCode(error, 'EROFS')) return false
      throw error
    },
  )
  if (!isThere) return true
  const entry = join(registerFolder, String(block.first))
  for (;;) {
    const isNew = await writeFile(entry, dataFolder, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      (error: unknown) => {
        if (hasCode(error, 'EEXIST')) return false
        throw error
      },
    )
    if (isNew) return true
    const holder = await readIfThere(entry)
    if (holder === dataFolder) return true
    const theirs = holder === '' ? null : await blockOf(holder)
    if (theirs && overlap(theirs, block)) return false
    // That folder is gone, or has another block by now.
    await rm(entry, { force: true })
  }
}

/** The blocks that a data folder may get, in the order in which they are tried. */
export function* blockCandidates(dataFolder: string): Generator<AccountBlock> {
  const start = createHash('sha256').update(dataFolder).digest().readUInt32BE(0)
  for (const { from, size, count } of series)
    for (let tried = 0; tried < count; tried++) yield { first: from + ((start + tried) % count) * size, size }
}

/**
 * Notes which block a data folder has, where other platforms of this machine look for it.
 */
export async function noteBlock(dataFolder: string, block: AccountBlock): Promise<AccountBlock> {
  await writeFileAtomically(fileOf(dataFolder), JSON.stringify({ dataFolder, ...block }), 0o600)
  return block
}

/**
 * Returns the numbers of users and groups for the services and jobs of a data folder: those of the setting, or
 * those that the folder has, or a block that nothing on this machine uses. The folder keeps them. Null if the
 * machine has none. Throws {@link SettingsError} if those of the setting cannot be used.
 */
export async function chooseBlock(
  dataFolder: string,
  wanted: AccountBlock | null,
): Promise<AccountBlock | null> {
  const check = await readBlockCheck()
  const before = await blockOf(dataFolder)
  if (wanted) {
    const refuse = (why: string) => new SettingsError([`VITRINE_ACCOUNTS: ${why}`])
    const problem = check(wanted)
    if (problem !== null) throw refuse(problem)
    if (!(await enter(dataFolder, wanted))) throw refuse(usedByAnother)
    return noteBlock(dataFolder, wanted)
  }
  if (before && check(before) === null && (await enter(dataFolder, before))) return before
  const living = [...livingAccounts()]
  for (const block of blockCandidates(dataFolder)) {
    if (check(block) !== null || living.some((uid) => isInBlock(block, uid))) continue
    if (await enter(dataFolder, block)) return noteBlock(dataFolder, block)
  }
  return null
}
