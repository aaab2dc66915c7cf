import { setTimeout } from 'node:timers/promises'
import type { Words } from '../../lib/words.ts'

/**
 * Knows the services whose folders take too much of the disk. The reconciler stops them, and nothing starts them until they
 * take less or the administrator allows more.
 */
export type DiskWatch = {
  /** Why no instance of a service may run: its folders take more than they may. Null if they do not. */
  fullOf: (serviceId: string) => Words | null
  /** Measures all services once. */
  checkNow: () => Promise<void>
  /** Measures all services again and again. */
  start: () => void
  close: () => Promise<void>
}

/** The least time between two rounds, in milliseconds. */
const roundMs = 15_000
/**
 * How long the watch rests after a service that it measured in so many milliseconds: usually twenty times as long, but a
 * service with very many files must not keep the others from being measured.
 */
const restMs = (tookMs: number) => Math.min(Math.max(tookMs * 20, 500), 30_000)

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2).toLocaleString('en')

const fullWords = (usedBytes: number, limitBytes: number): Words => ({
  zh: `它的工作目录与媒体目录占用 ${mebibytes(usedBytes)} MB，超过上限 ${mebibytes(limitBytes)} MB，因此被停止，不能启动。请管理员提高上限（VITRINE_CEILING_DISK_MB），或删除服务（数据一并删除）后重新部署`,
  en: `its work folder and its media take ${mebibytes(usedBytes)} MB, more than the ceiling of ${mebibytes(limitBytes)} MB; so it was stopped and cannot start. Ask an administrator for a higher ceiling (VITRINE_CEILING_DISK_MB), or delete the service with its data and deploy it again`,
})

/**
 * @param limitBytes the most that the folders of one service may take
 * @param services the ids of all services, whether they run or not
 * @param measure the bytes that the folders of a service take
 */
export function createDiskWatch(deps: {
  limitBytes: number
  services: () => Promise<readonly string[]>
  measure: (serviceId: string) => Promise<number>
  onError: (error: unknown) => void
}): DiskWatch {
  const { limitBytes, measure, onError } = deps
  /** The bytes of the services that take more than they may. */
  const full = new Map<string, number>()
  const closing = new AbortController()
  const { signal } = closing
  let rounds: Promise<void> = Promise.resolve()

  async function check(serviceId: string): Promise<void> {
    const bytes = await measure(serviceId)
    if (bytes > limitBytes) full.set(serviceId, bytes)
    else full.delete(serviceId)
  }

  async function round(restAfter: (tookMs: number) => number): Promise<void> {
    const ids = await deps.services()
    for (const id of full.keys()) if (!ids.includes(id)) full.delete(id)
    for (const id of ids) {
      const began = performance.now()
      await check(id).catch(onError)
      await setTimeout(restAfter(performance.now() - began), null, { signal })
    }
  }

  async function roundAfterRound(): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now()
      await round(restMs).catch((error: unknown) => {
        if (!signal.aborted) onError(error)
      })
      const left = Math.max(0, roundMs - (performance.now() - began))
      await setTimeout(left, null, { signal }).catch(() => undefined)
    }
  }

  return {
    fullOf(serviceId) {
      const bytes = full.get(serviceId)
      return bytes === undefined ? null : fullWords(bytes, limitBytes)
    },
    checkNow: () => round(() => 0),
    start() {
      rounds = roundAfterRound()
    },
    async close() {
      closing.abort()
      await rounds
    },
  }
}
