import { setTimeout } from 'node:timers/promises'
import type { FolderSize } from '../../lib/folder-sizes.ts'
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
  /** Measures each service again and again. */
  start: () => void
  close: () => Promise<void>
}

/** Time as the watch sees it, in milliseconds. */
type Time = { now: () => number; wait: (ms: number, signal: AbortSignal) => Promise<void> }

const machineTime: Time = {
  now: () => performance.now(),
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
}

/** The least time between two rounds, in milliseconds. */
const roundMs = 15_000
/** How often a service that does not run is measured, in milliseconds: only a person can change the size of its folders. */
const idleMs = 60 * 60_000
/**
 * After a measurement, a folder is left alone for this many times as long as it took, so that measuring takes a small part of
 * the machine.
 */
const restFactor = 20
/** A service with very many files must not keep the others from being measured: after it, the watch rests no longer. */
const longestRestMs = 2_000
/** And it is itself measured at least so often, so that it does not gain much time by being slow. */
const longestPauseMs = 10 * 60_000
/** The longest time for services together, in milliseconds. If they take longer, each is measured by itself. */
const togetherMs = 2_000
/**
 * Services that took at most `quickMs` the last time are measured together: at most so many, and so many that it will take half of
 * their time. Each look begins programs and reads the list of processes, so few looks cost less. `firstMs` is taken for one that was
 * never measured.
 */
const together = { services: 500, quickMs: 250, allMs: togetherMs / 2, firstMs: 20 }
/** The longest time for one service, in milliseconds. */
const aloneMs = 10 * 60_000

const mebibytes = (bytes: number) => Math.round(bytes / 1024 ** 2).toLocaleString('en')

function fullWords(size: FolderSize, limitBytes: number): Words {
  const what =
    size === 'too slow'
      ? {
          zh: '它的工作目录与媒体目录文件太多，无法在限定时间内测出占用',
          en: 'its work folder and its media hold so many files that measuring them took too long',
        }
      : {
          zh: `它的工作目录与媒体目录占用 ${mebibytes(size)} MB，超过上限 ${mebibytes(limitBytes)} MB（磁盘可存的文件数已用去一半时，每个文件至少按其平均份额计）`,
          en: `its work folder and its media take ${mebibytes(size)} MB, more than the ceiling of ${mebibytes(limitBytes)} MB (where half of the files that the disk can have are used, each counts as its share of the disk at least)`,
        }
  return {
    zh: `${what.zh}，因此被停止，不能启动。请管理员提高上限（VITRINE_CEILING_DISK_MB）或清理其目录，或删除服务（数据一并删除）后重新部署`,
    en: `${what.en}; so it was stopped and cannot start. Ask an administrator for a higher ceiling (VITRINE_CEILING_DISK_MB) or to clear its folders, or delete the service with its data and deploy it again`,
  }
}

/** When a service was last measured, and how long that took. */
type Measured = { at: number; tookMs: number }

/** Whether a service is to be measured again. Pure. */
function isDue({ at, tookMs }: Measured, { now, isBusy }: { now: number; isBusy: boolean }): boolean {
  return now - at >= (isBusy ? Math.min(tookMs * restFactor, longestPauseMs) : idleMs)
}

/** Groups of services that are measured together: each of those that took long by itself. Pure. */
function groupsOf(ids: readonly string[], measured: ReadonlyMap<string, Measured>): string[][] {
  const tookOf = (id: string) => measured.get(id)?.tookMs ?? together.firstMs
  const isQuick = (id: string) => tookOf(id) <= together.quickMs
  const groups: string[][] = []
  let group: string[] = []
  let leftMs = 0
  for (const id of ids.filter(isQuick)) {
    leftMs -= tookOf(id)
    if (leftMs < 0 || group.length === together.services) {
      group = []
      groups.push(group)
      leftMs = together.allMs - tookOf(id)
    }
    group.push(id)
  }
  return [...groups, ...ids.filter((id) => !isQuick(id)).map((id) => [id])]
}

/**
 * @param limitBytes the most that the folders of one service may take
 * @param services all services; `runs` if a process of it runs
 * @param measure what the folders of these services take
 */
export function createDiskWatch(deps: {
  limitBytes: number
  services: () => Promise<readonly { id: string; runs: boolean }[]>
  measure: (
    serviceIds: readonly string[],
    options: { signal: AbortSignal; timeoutMs: number },
  ) => Promise<ReadonlyMap<string, FolderSize>>
  onError: (error: unknown) => void
  time?: Time
}): DiskWatch {
  const { limitBytes, measure, onError, time = machineTime } = deps
  /** The services that take more than they may. */
  const full = new Map<string, FolderSize>()
  const measured = new Map<string, Measured>()
  const closing = new AbortController()
  const { signal } = closing
  let rounds: Promise<void> = Promise.resolve()

  function note(id: string, size: FolderSize | undefined, tookMs: number): void {
    measured.set(id, { at: time.now(), tookMs })
    if (size === undefined) return
    if (size === 'too slow' || size > limitBytes) full.set(id, size)
    else full.delete(id)
  }

  /**
   * Measures services, and lets `rest` wait after that in proportion. If they cannot be measured together, each is
   * measured by itself. A failure leaves a service as it was.
   */
  async function check(ids: readonly string[], rest: (ms: number) => Promise<void>): Promise<void> {
    const began = time.now()
    const isOne = ids.length === 1
    const options = { signal, timeoutMs: isOne ? aloneMs : togetherMs }
    const sizes = await measure(ids, options).catch((error: unknown) => {
      if (isOne && !signal.aborted) onError(error)
      return null
    })
    const tookMs = time.now() - began
    const isDone = isOne || (sizes !== null && [...sizes.values()].every((size) => size !== 'too slow'))
    if (isDone) for (const id of ids) note(id, sizes?.get(id), tookMs / ids.length)
    await rest(Math.min(tookMs * restFactor, longestRestMs * ids.length))
    if (!isDone) for (const id of ids) await check([id], rest)
  }

  async function readServices() {
    const services = await deps.services()
    const ids = new Set(services.map(({ id }) => id))
    for (const id of measured.keys()) {
      if (ids.has(id)) continue
      measured.delete(id)
      full.delete(id)
    }
    return services
  }

  async function round(): Promise<void> {
    const due = (await readServices()).filter(({ id, runs }) => {
      const last = measured.get(id)
      return !last || isDue(last, { now: time.now(), isBusy: runs || full.has(id) })
    })
    const ids = due.map(({ id }) => id)
    for (const group of groupsOf(ids, measured)) await check(group, (ms) => time.wait(ms, signal))
  }

  async function roundAfterRound(): Promise<void> {
    while (!signal.aborted) {
      const began = time.now()
      await round().catch((error: unknown) => {
        if (!signal.aborted) onError(error)
      })
      const left = Math.max(0, roundMs - (time.now() - began))
      if (!signal.aborted) await time.wait(left, signal).catch(() => undefined)
    }
  }

  return {
    fullOf(serviceId) {
      const size = full.get(serviceId)
      return size === undefined ? null : fullWords(size, limitBytes)
    },
    async checkNow() {
      const ids = (await readServices()).map(({ id }) => id)
      for (const group of groupsOf(ids, measured)) await check(group, async () => undefined)
    },
    start() {
      rounds = roundAfterRound()
    },
    async close() {
      closing.abort()
      await rounds
    },
  }
}
