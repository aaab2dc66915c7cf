import { platformOf, type AccountBlock } from '../lib/account-block.ts'
import type { Account } from '../lib/system-user.ts'

/** Consecutive numbers that exist in a user namespace: `inside` there is `outside` on the machine. */
export type MapLine = { inside: number; outside: number; size: number }
/** The users and groups that exist in a user namespace. */
export type UserMap = { users: MapLine[]; groups: MapLine[] }

const same = (first: number, size = 1): MapLine => ({ inside: first, outside: first, size })

/**
 * The users and groups of a platform: its own number is 0, everybody else has the number that they have on the
 * machine. Nothing else exists for it, so the kernel lets it become nobody else. Pure.
 */
export function mapOf(block: AccountBlock, named: readonly Account[]): UserMap {
  const own = platformOf(block)
  const after = { first: own + 1, size: block.first + block.size - own - 1 }
  const numbers = [
    { inside: 0, outside: own, size: 1 },
    same(block.first, own - block.first),
    same(after.first, after.size),
  ]
  return {
    users: [...numbers, ...named.map(({ uid }) => same(uid))],
    groups: [...numbers, ...named.map(({ gid }) => same(gid))],
  }
}

/** The text of a map for the kernel (`man 7 user_namespaces`). Pure. */
export const mapText = (lines: readonly MapLine[]): string =>
  lines.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join('')

const sorted = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '))
    .filter(Boolean)
    .sort()
    .join('\n')

/** Whether a text of the kernel says the same as these lines. Pure. */
export const isSameMap = (text: string, lines: readonly MapLine[]): boolean =>
  sorted(text) === sorted(mapText(lines))
