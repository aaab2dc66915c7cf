import type { RunAs } from './run-command.ts'

/** Consecutive numbers of users and groups: `first` and the following ones, `size` in all. */
export type AccountBlock = { first: number; size: number }

/** Whether a number is in a block. */
export const isInBlock = ({ first, size }: AccountBlock, uid: number | null): uid is number =>
  uid !== null && uid >= first && uid < first + size

/** Whether two blocks have a number in common. */
export const overlap = (one: AccountBlock, other: AccountBlock): boolean =>
  one.first < other.first + other.size && other.first < one.first + one.size

/** The account of a number: user and group have the same. */
export const accountOf = (uid: number): RunAs => ({ uid, gid: uid })

/** The account of git, which owns the repositories. */
export const gitAccountOf = ({ first }: AccountBlock): RunAs => accountOf(first)

/** The number of the platform itself, where it is not root. It is the one between those of jobs and services. */
export const platformOf = ({ first, size }: AccountBlock): number => first + Math.floor(size / 10) - 1

/** The part of a block for jobs: builds of environments, checkouts and media. */
export const jobsOf = (block: AccountBlock): AccountBlock => ({
  first: block.first + 1,
  size: platformOf(block) - block.first - 1,
})

/** The part of a block for services. */
export function servicesOf(block: AccountBlock): AccountBlock {
  const first = platformOf(block) + 1
  return { first, size: block.first + block.size - first }
}
