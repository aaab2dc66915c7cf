import { readFile } from 'node:fs/promises'
import type { Account } from '../../../lib/system-user.ts'
import { readStat } from '../../../lib/procfs/process-identity.ts'
import { argumentsOf } from '../../../lib/procfs/read-beginning.ts'
import { readStatus } from '../../../lib/procfs/process-status.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { askSocket } from '../control-socket.client.ts'

/**
 * The worker that answers on the control socket: the configuration that it follows, and its master process.
 */
export type Answering = { generation: string; master: number }

const followMs = 20_000

/** Asks one worker; null if none answers. */
export async function whoAnswers(controlSocket: string): Promise<Answering | null> {
  try {
    const { text } = await askSocket(controlSocket, 'GET', '/generation')
    const [generation = '', pid = ''] = text.split(' ')
    const stat = await readStat(Number(pid))
    return stat && { generation, master: stat.parent }
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/** The account of the workers of the nginx that answers on a control socket; null if none answers. */
export async function accountOfWorkers(controlSocket: string): Promise<Account | null> {
  const answering = await whoAnswers(controlSocket)
  const [worker] = answering ? await workersOf(answering.master) : []
  return worker === undefined ? null : (readStatus(worker)?.account ?? null)
}

/** The title that nginx sets in place of its command line; empty if the process has ended. */
const titleOf = async (pid: number): Promise<string> => (await argumentsOf(pid)).join(' ')

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Returns the workers that accept requests. A worker that is shutting down has released its addresses. */
export async function workersOf(master: number): Promise<number[]> {
  const workers: number[] = []
  for (const pid of await childrenOf(master)) {
    const title = await titleOf(pid)
    if (title.includes('worker process') && !title.includes('shutting down')) workers.push(pid)
  }
  return workers
}

/**
 * Resolves with true when workers of `generation` answer and earlier ones accept no more requests. Resolves
 * with false if that has not happened within 20 seconds, or as soon as `isRefused` says that it will not.
 */
export async function waitForWorkers(
  controlSocket: string,
  generation: string,
  before: readonly number[],
  isRefused: () => Promise<boolean>,
): Promise<boolean> {
  const outcome = await waitFor(
    async () => {
      if (await isRefused()) return 'refused'
      const answering = await whoAnswers(controlSocket)
      if (answering?.generation !== generation) return null
      const workers = await workersOf(answering.master)
      return workers.length > 0 && !workers.some((pid) => before.includes(pid)) ? 'following' : null
    },
    { timeoutMs: followMs, everyMs: 10 },
  )
  return outcome === 'following'
}
