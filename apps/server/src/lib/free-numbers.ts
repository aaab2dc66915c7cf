import { randomInt } from 'node:crypto'
import { isInBlock, type AccountBlock } from './account-block.ts'
import { keyedQueue } from './keyed-queue.ts'

/** The first number of a block from `start` on, and then from its beginning, that is not used; null if all are. Pure. */
export function freeNumber(
  { first, size }: AccountBlock,
  used: ReadonlySet<number>,
  start: number,
): number | null {
  for (let tried = 0; tried < size; tried++) {
    const number = first + ((start + tried) % size)
    if (!used.has(number)) return number
  }
  return null
}

/** Numbers of a block, each of which belongs to one thing at a time: an account of a service, or the group of an environment. */
export type FreeNumbers = {
  block: AccountBlock
  /**
   * Does work while no other work gets a number. `free` chooses one that nothing has, which must be stored before the work
   * ends. Null if there is none, or if more than this part of the block is in use already.
   */
  inTurn<T>(work: (free: (part?: number) => Promise<number | null>) => Promise<T>): Promise<T>
}

/** Creates the source of numbers of a block. `used` are functions that return the numbers that are stored somewhere. */
export function freeNumbers(
  block: AccountBlock,
  used: readonly (() => Promise<Iterable<number>>)[],
): FreeNumbers {
  const queue = keyedQueue()
  // A number that was freed is not soon given again: what its service left elsewhere on the machine would
  // belong to the next one.
  let next = randomInt(block.size)
  async function free(part = 1): Promise<number | null> {
    const stored = (await Promise.all(used.map((those) => those()))).flatMap((those) => [...those])
    const all = new Set(stored.filter((number) => isInBlock(block, number)))
    if (all.size > block.size * part) return null
    const number = freeNumber(block, all, next)
    if (number !== null) next = (number - block.first + 1) % block.size
    return number
  }
  return { block, inTurn: (work) => queue.run('', () => work(free)) }
}
