import type { FastifyReply } from 'fastify'
import { finished } from 'node:stream'
import { disconnectSignal } from '../../http/client-disconnect.ts'
import { actorOf } from '../../http/route.ts'
import type { Actor } from '../../lib/actor.ts'
import { createFairQueue, type FairQueue } from '../../lib/fair-queue.ts'
import { payerOf } from './quotas.ts'

/**
 * Turns for work with git. Each costs processes of git, and as much of a processor and of memory as the history asks for. Archives, fetches
 * and pushes have queues of their own, because they last as long as the other side takes to receive or to send them. Lists of another
 * server have one too, because their answers are held in memory.
 */
export type GitQueues = Record<'reads' | 'archives' | 'fetches' | 'pushes' | 'lists', FairQueue>

/**
 * How many run at once, and how many of them are of one person: others always find a place. What lasts as long as the other side takes
 * has places in reserve for those who have none.
 */
const usualBounds = {
  reads: { atOnce: 6, perPerson: 2 },
  archives: { atOnce: 8, perPerson: 2, reserve: 8 },
  fetches: { atOnce: 12, perPerson: 3, reserve: 12 },
  pushes: { atOnce: 12, perPerson: 3, reserve: 12 },
  lists: { atOnce: 8, perPerson: 2 },
}

/** Makes the turns of a platform. */
export const gitQueues = (bounds = usualBounds): GitQueues => ({
  reads: createFairQueue(() => bounds.reads),
  archives: createFairQueue(() => bounds.archives),
  fetches: createFairQueue(() => bounds.fetches),
  pushes: createFairQueue(() => bounds.pushes),
  lists: createFairQueue(() => bounds.lists),
})

const enter = (queue: FairQueue, reply: FastifyReply): Promise<() => void> =>
  queue.enter(payerOf(actorOf(reply.request)), disconnectSignal(reply))

/** Does the work when it is the turn of the person who asks. Somebody who leaves while they wait is not served. */
export async function workInTurn<T>(
  queue: FairQueue,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T> {
  const endTurn = await enter(queue, reply)
  try {
    return await work()
  } finally {
    endTurn()
  }
}

/** Reads a history when it is the turn of the person who asks. */
export const readInTurn = <T>(
  { reads }: Pick<GitQueues, 'reads'>,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T> => workInTurn(reads, reply, work)

/** Begins an archive when it is the turn of whoever asks. The turn lasts until the answer was received, or its receiver is gone. */
export async function archiveInTurn<T>(
  { archives }: Pick<GitQueues, 'archives'>,
  reply: FastifyReply,
  work: () => Promise<T>,
): Promise<T> {
  const endTurn = await enter(archives, reply)
  finished(reply.raw, endTurn)
  return work()
}

/**
 * An answer of git when it is the turn of whoever asks. The turn lasts until git has ended, also if nobody waits for it any more, or until
 * `over` aborts, although its reader may not have taken all of it. Who leaves while they wait gets nothing.
 */
export async function* gitInTurn<T>(
  queue: FairQueue,
  { actor, gone, over }: { actor: Pick<Actor, 'id' | 'linksOf'>; gone: AbortSignal; over: AbortSignal },
  answer: AsyncGenerator<T, void, void>,
): AsyncGenerator<T, void, void> {
  const endTurn = await queue.enter(payerOf(actor), gone).catch((error: unknown) => {
    if (gone.aborted) return null
    throw error
  })
  if (endTurn === null) return
  over.addEventListener('abort', endTurn)
  try {
    yield* answer
  } finally {
    endTurn()
  }
}
