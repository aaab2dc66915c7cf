import { dictionary } from './host.ts'
import type { LuaIo, Ngx } from './nginx.ts'
import { remembering } from './remembering.ts'

declare const ngx: Ngx
declare const io: LuaIo

/**
 * Requests under way by the address of their instance: of all workers, which is what is asked for, and of each worker, so that what one
 * had when it was killed can be taken off again. Neither takes part in the requests of a service that always had one instance: nginx's
 * `limit_conn` counts those.
 */
const counts = dictionary(ngx.shared.vitrine_hot_under_way)

/** How long one worker may look for others that are gone, in milliseconds. */
const lookingMs = 1_000
const lookingKey = 'looking'

/** The names of an address's counts. */
type Names = { all: string; own: string }
const names = remembering<Names>()
let worker = ''

/** A process by its number and when it started, so that no other is taken for it; undefined for one that is gone. */
function processOf(pid: string): string | undefined {
  const opened = io.open(`/proc/${pid}/stat`, 'r')
  if (opened === undefined) return undefined
  const text = opened.read('*a')
  opened.close()
  // What stands in brackets is the program's name (proc_pid_stat(5)): state is field 3, the start field 22.
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

/** How many requests all workers have under way to an address. */
export const underWay = (address: string): number => counts.get(namesOf(address).all) ?? 0

function add(address: string, delta: number): void {
  const { all, own } = namesOf(address)
  counts.incr(own, delta, 0)
  counts.incr(all, delta, 0)
}

/** Counts a request to an address that begins. */
export const begin = (address: string): void => add(address, 1)

/** Counts a request to an address that is over. */
export const end = (address: string): void => add(address, -1)

/** Takes off what workers had under way that are gone; one worker at a time does that. */
export function forgetGone(): void {
  const me = ngx.worker.pid()
  if (counts.begin(lookingKey, me, lookingMs) !== me) return
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
  counts.delete(lookingKey)
}
