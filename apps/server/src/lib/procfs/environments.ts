import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { keyedQueue } from '../keyed-queue.ts'
import { readIfAllowed } from '../read-if-allowed.ts'
import { readBeginning } from './read-beginning.ts'

/** How much of an environment is read. Beyond it may be only what a program itself has added. */
const mostBytes = 256 * 1024
/** How long one is waited for, on a busy machine as well. A process can keep others from reading it, by long work on its own memory. */
const patienceMs = 5_000
/** How many readings may take longer at once. Each holds one of the four threads with which Node reads files. */
const mostHeld = 2

/** The accounts of the processes whose reading takes longer. */
const held = new Set<number>()
const turns = keyedQueue()

const accountOf = (pid: number) => readIfAllowed(async () => (await stat(`/proc/${pid}`)).uid)

/** Waits for a reading; null if it takes too long. Until it ends, no other of that account begins. */
async function withPatience(reading: Promise<string>, account: number): Promise<string | null> {
  const over = new AbortController()
  const late = delay(patienceMs, null, { signal: over.signal })
  const found = await Promise.race([reading, late])
  over.abort()
  late.catch(() => undefined)
  if (found !== null) return found
  held.add(account)
  const release = () => held.delete(account)
  reading.then(release, release)
  return null
}

/**
 * Returns the environment that a process was started with, with a NUL before and after each entry. Empty if the process has ended or we
 * may not read it; null if it cannot be read now. One is read after the other, so that hostile processes hold few threads.
 */
export const environmentOf = (pid: number): Promise<string | null> =>
  turns.run('', async () => {
    if (held.size >= mostHeld) return null
    const account = await accountOf(pid)
    if (account === null) return ''
    if (held.has(account)) return null
    const reading = readBeginning(`/proc/${pid}/environ`, mostBytes).then((text) => `\0${text ?? ''}`)
    return withPatience(reading, account)
  })
