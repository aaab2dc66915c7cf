import { readFile } from 'node:fs/promises'
import { platformOf, type AccountBlock } from '../lib/account-block.ts'
import type { Words } from '../lib/words.ts'
import { blockOf } from '../lifecycle/choose-account-block.ts'
import { refused } from './refused.ts'
import { runOrThrow } from './run-or-throw.ts'

/**
 * Where the platform itself gives files several names: it links what was uploaded into the store, and model files into
 * each release that has them.
 */
const linked = ['objects', 'uploads', 'environments', 'models', 'services/*/releases'].flatMap((name) => [
  '-o',
  '-path',
  `./${name}/*`,
])
/** Walking a large folder on a slow disk takes its time, and a half is done again at the next start. */
const mostMs = 10 * 60_000

/** Runs `find` in the folder: below it, on its file system, and following no link. Throws with what it says. */
const find = (folder: string, ...expression: readonly string[]): Promise<string[]> =>
  runOrThrow(
    { file: '/usr/bin/find', args: ['.', '-xdev', '-mindepth', '1', ...expression], cwd: folder },
    { timeoutMs: mostMs },
  )

const isAmong = (kind: '-uid' | '-gid', numbers: readonly AccountBlock[]): string[] => [
  '(',
  ...numbers.flatMap(({ first, size }, index) => [
    ...(index > 0 ? ['-o'] : []),
    ...['(', kind, `+${first - 1}`, kind, `-${first + size}`, ')'],
  ]),
  ')',
]

/** What is mounted below a folder, from the text of /proc/self/mountinfo. Pure. */
export const mountedBelow = (mountinfo: string, folder: string): string | null =>
  mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .find((point) => point.startsWith(`${folder}/`)) ?? null

/** What is not entered: folders of accounts, in which they may have put anything. */
const pruned = (own: number) => ['-type', 'd', '!', '-uid', '0', '!', '-uid', String(own), '-prune', '-o']

/** Why the content of a folder cannot be given to the platform; null if it can. Changes nothing. */
async function obstacle(
  folder: string,
  own: number,
  numbers: readonly AccountBlock[],
): Promise<{ why: Words } | null> {
  // A setting with a mistake must not give away another folder of root.
  if ((await blockOf(folder)) === null)
    return refused(
      `${folder} 有内容，但不是 root 曾以各自账户运行的平台的数据目录`,
      `${folder} has contents, but root has run no platform with accounts there`,
    )
  const mount = mountedBelow(await readFile('/proc/self/mountinfo', 'utf8'), folder)
  if (mount !== null) return refused(`${mount} 是挂载点`, `${mount} is mounted there`)
  const [foreign] = await find(
    folder,
    ...['!', '-uid', '0', '!', ...isAmong('-uid', numbers)],
    ...['-printf', '%P (%U)\\n', '-quit'],
  )
  if (foreign)
    return refused(
      `${folder}/${foreign} 属于平台以外的账户`,
      `${folder}/${foreign} belongs to an account that is not the platform’s`,
    )
  // A second name may be outside of the folder, and giving one away gives the other.
  const kinds = ['-type', 'd', '-o', '-type', 'l', '-o', '-type', 's', '-o', '-type', 'p']
  const [odd] = await find(
    folder,
    ...pruned(own),
    ...['-uid', '0', '!', '(', ...kinds, '-o', '-type', 'f', '(', '-links', '1', ...linked, ')', ')'],
    ...['-printf', '%P\\n', '-quit'],
  )
  return odd
    ? refused(`${folder}/${odd} 有多个名称或是设备文件`, `${folder}/${odd} has a second name or is a device`)
    : null
}

/**
 * Gives what root owns in a data folder to the platform, whose block is `block`; `named` are the other accounts that
 * it may become. It enters no folder of another account, so it meets nothing that one of them could have put there.
 * What belongs to accounts of the block stays theirs. Nothing of the platform may run. A part that is done stays done
 * if it is interrupted. Needs root. Null if it is done, else why not, with nothing changed.
 */
export async function handOver(
  folder: string,
  block: AccountBlock,
  named: readonly AccountBlock[],
): Promise<{ why: Words } | null> {
  const own = platformOf(block)
  const why = await obstacle(folder, own, [block, ...named])
  if (why) return why
  const give = (owner: string) => ['-exec', 'chown', '-h', owner, '{}', '+']
  await find(
    folder,
    ...pruned(own),
    ...['-uid', '0', ...isAmong('-gid', [block]), ...give(String(own))],
    ...['-o', '-uid', '0', ...give(`${own}:${own}`)],
  )
  return null
}
