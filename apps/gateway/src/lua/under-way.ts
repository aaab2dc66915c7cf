import { dictionary } from './host.ts'
import type { LuaIo, Ngx } from './nginx.ts'
import { createCache } from './cache.ts'

declare const ngx: Ngx
declare const io: LuaIo

/**
 * The number of requests in progress by the address of their instance. There is one count over all workers, which is
 * the answer, and one for each worker, so its requests can be subtracted if it was killed. Services that have never had
 * more than one instance are not counted here; nginx's `limit_conn` counts them.
 */
const counts = dictionary(ngx.shared.vitrine_hot_under_way)

/** How long one worker may search for dead workers, in milliseconds. */
const searchMs = 1_000
const searchKey = 'looking'

/** The keys of an address's counts. */
type Names = { all: string; own: string }
const names = createCache<Names>()
let worker = ''

/**
 * Identifies a process by pid and start time, so that a later process with the same pid is not confused with it.
 * Undefined if it has ended.
 */
function processOf(pid: string): string | undefined {
  const opened = io.open(`/proc/${pid}/stat`, 'r')
  if (opened === undefined) return undefined
  const text = opened.read('*a')
  opened.close()
  // The program's name is in parentheses (proc_pid_stat(5)). The state is field 3, the start time field 22.
  const fields = (text.split(') ').at(-1) ?? '').split(' ')
  return fields[0] === 'Z' ? undefined : `${pid}-${fields[19]}`
}

function namesOf(address: string): Names {
  const known = names.get(address)
  if (known !== undefined) return known
  const pid = String(ngx.worker.pid())
  if (worker === '') worker = processOf(pid) ?? pid
  return names.set(address, { all: address, own: `${worker} ${address}` })
}

/** The number of requests that all workers have in progress to an address. */
export const underWay = (address: string): number => counts.get(namesOf(address).all) ?? 0

function add(address: string, delta: number): void {
  const { all, own } = namesOf(address)
  counts.incr(own, delta, 0)
  counts.incr(all, delta, 0)
}

/** Counts a request to an address that begins. */
export const countStart = (address: string): void => add(address, 1)

/** Counts a request to an address that has ended. */
export const countEnd = (address: string): void => add(address, -1)

/** Subtracts the requests of workers that have died. One worker does this at a time. */
export function forgetDeadWorkers(): void {
  const me = ngx.worker.pid()
  if (counts.getOrSet(searchKey, me, searchMs) !== me) return
  const isThere: Record<string, boolean> = {}
  for (const name of counts.keys()) {
    const [of, address] = name.split(' ')
    if (of === undefined || address === undefined) continue
    isThere[of] ??= processOf(of.split('-')[0] ?? '') === of
    if (isThere[of]) continue
    const left = counts.get(name) ?? 0
    counts.delete(name)
    counts.incr(address, -left, 0)
  }
  counts.delete(searchKey)
}
