import { set_more_tries } from 'ngx.balancer'
import type { GateRoute } from '@vitrine/contract'
import type { RefusalCode } from '../njs/refuse.ts'
import { connectTo, isItself, nobody } from './connect.ts'
import { counts } from './host.ts'
import { dropOutdated, routeOf } from './lookups.ts'
import type { Ngx } from './nginx.ts'
import { createCache } from './cache.ts'
import { countStart, countEnd, underWay } from './under-way.ts'

declare const ngx: Ngx

/** One instance of a service with several. `failing` is the key under which a recent failure is recorded. */
type Member = {
  address: string
  instance: string
  failing: string
  listeners: readonly string[] | undefined
}
type Group = { route: GateRoute; turn: string; members: Member[] }

const groups = createCache<Group>()

/** How long an instance is left out after a failure, in milliseconds. */
const leftOutMs = 1_000
/** A load larger than any number of requests, so that an instance that failed is tried after all others. */
const lastOfAll = 1e9

/** The gateway's error codes for a failed instance, as nginx finds them. */
const failures: Partial<Record<RefusalCode, true>> = {
  'gateway.upstream_unreachable': true,
  'gateway.upstream_broken': true,
  'gateway.timeout': true,
}
const byCode: Record<string, true | undefined> = failures

const memberOf = ({ address, instance_id, listeners }: GateRoute['upstreams'][number]): Member => ({
  address,
  listeners,
  instance: JSON.stringify(instance_id),
  failing: `failing ${address}`,
})

const newGroup = (route: GateRoute): Group => ({
  route,
  turn: `turn ${route.service_id}`,
  members: route.upstreams.map(memberOf),
})

function groupOf(route: GateRoute): Group {
  const known = groups.get(route.service_id)
  return known?.route === route ? known : groups.set(route.service_id, newGroup(route))
}

const loadOf = ({ address, failing }: Member): number =>
  underWay(address) + (counts().get(failing) === undefined ? 0 : lastOfAll)

/** Whether a request was already sent to an address. Most requests have not been sent to any yet. */
const isAmong = (tried: string, address: string): boolean =>
  tried !== '' && ` ${tried} `.includes(` ${address} `)

/** The address under which a request is counted, which is the last one. Empty if it is no longer counted. */
const currentOf = (tried: string): string => (tried.includes(' ') ? (tried.split(' ').at(-1) ?? '') : tried)

/**
 * Returns the best member: `best` (whose load is `least`), or one of the next `left` members starting at the
 * one whose turn it is. It is recursive because LuaJIT would not compile a loop in the request path.
 */
function better(
  members: readonly Member[],
  turn: number,
  left: number,
  tried: string,
  best: Member | undefined,
  least: number,
): Member | undefined {
  if (left === 0) return best
  const member = members[(turn + left) % members.length]
  const load = member === undefined || isAmong(tried, member.address) ? Infinity : loadOf(member)
  return load < least
    ? better(members, turn, left - 1, tried, member, load)
    : better(members, turn, left - 1, tried, best, least)
}

/**
 * Returns the untried member with the fewest requests in progress. If several are equal, the next in turn is
 * taken, so all get some.
 */
const leastBusy = ({ members, turn }: Group, tried: string): Member | undefined =>
  better(members, counts().incr(turn, 1, 0), members.length, tried, undefined, Infinity)

function leaveOut(address: string): void {
  counts().set(`failing ${address}`, 1, leftOutMs)
}

/**
 * The same among the members that have their own port. A program that has taken the port of an instance gets no
 * request.
 */
function leastBusyItself(group: Group, tried: string): Member | undefined {
  const member = leastBusy(group, tried)
  if (member === undefined || isItself(member.address, member.listeners)) return member
  leaveOut(member.address)
  return leastBusyItself(group, `${tried} ${member.address}`)
}

/**
 * Connects a request to one of its service's instances, by the current table (`balancer_by_lua`). nginx calls
 * this again if the connection failed before anything was sent, or if the request may be repeated.
 * `$vt_tried` lists the addresses tried so far; the request is counted under the last.
 */
export function balanceGroup(): void {
  const v = ngx.var
  let tried = v.vt_tried ?? ''
  const isFirst = tried === ''
  if (!isFirst) {
    const failed = currentOf(tried)
    leaveOut(failed)
    countEnd(failed)
    tried = `${tried} `
    v.vt_tried = tried
  }
  dropOutdated()
  const route = routeOf(v.vt_service ?? '')
  const group = route && groupOf(route)
  // nginx may ask again after all were tried, because one of the connections was a kept-alive one that had been closed.
  const member = group && (leastBusyItself(group, tried) ?? leastBusyItself(group, ''))
  if (!group || !member) {
    ngx.exit(nobody)
    return
  }
  const others = group.members.length - 1
  if (isFirst && others > 0) set_more_tries(others)
  countStart(member.address)
  v.vt_tried = `${tried}${member.address}`
  v.vt_instance = member.instance
  connectTo(member.address)
}

/** Stops counting a finished request to a service with several instances (`log_by_lua`). */
export function leaveGroup(): void {
  const v = ngx.var
  const address = currentOf(v.vt_tried ?? '')
  if (address === '') return
  countEnd(address)
  if (byCode[v.vt_error ?? ''] === true) leaveOut(address)
}
