import { set_more_tries } from 'ngx.balancer'
import type { GateRoute } from '@vitrine/contract'
import type { RefusalCode } from '../njs/refuse.ts'
import { connectTo } from './connect.ts'
import { counts } from './host.ts'
import { follow, routeOf } from './known.ts'
import type { Ngx } from './nginx.ts'
import { remembering } from './remembering.ts'
import { begin, end, underWay } from './under-way.ts'

declare const ngx: Ngx

/** An instance among several of one service; `failing` is the name of what tells that it just failed. */
type Member = { address: string; instance: string; failing: string }
type Group = { route: GateRoute; turn: string; members: Member[] }

const groups = remembering<Group>()

/** One that failed is left out for so long, in milliseconds. */
const leftOutMs = 1_000
/** More than any number of requests: one that failed is asked when all others were. */
const lastOfAll = 1e9
/** What nginx takes as "nobody there", which it answers as 502 (its `NGX_BUSY`). */
const nobody = -3

/** What the gateway answers where an instance failed, as nginx finds it. */
const failures: Partial<Record<RefusalCode, true>> = {
  'gateway.upstream_unreachable': true,
  'gateway.upstream_broken': true,
  'gateway.timeout': true,
}
const byCode: Record<string, true | undefined> = failures

const memberOf = ({ address, instance_id }: GateRoute['upstreams'][number]): Member => ({
  ...{ address, instance: JSON.stringify(instance_id), failing: `failing ${address}` },
})

const newGroup = (route: GateRoute): Group => ({
  ...{ route, turn: `turn ${route.service_id}`, members: route.upstreams.map(memberOf) },
})

function groupOf(route: GateRoute): Group {
  const known = groups.get(route.service_id)
  return known?.route === route ? known : groups.set(route.service_id, newGroup(route))
}

const loadOf = ({ address, failing }: Member): number =>
  underWay(address) + (counts().get(failing) === undefined ? 0 : lastOfAll)

/** Whether an address is among those that a request was sent to. Most are sent to none before. */
const isAmong = (tried: string, address: string): boolean =>
  tried !== '' && ` ${tried} `.includes(` ${address} `)

/** The address that a request is counted by, the last of those; empty where it is counted no more. */
const currentOf = (tried: string): string => (tried.includes(' ') ? (tried.split(' ').at(-1) ?? '') : tried)

/**
 * The best of what is known so far (`best`, with a load of `least`) and of `left` more members, one after another from the one whose turn
 * it is. No loop: on the way of a request LuaJIT would not compile it.
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

/** The member with the fewest requests under way that was not tried; of several the next in turn, so that all get some. */
const leastBusy = ({ members, turn }: Group, tried: string): Member | undefined =>
  better(members, counts().incr(turn, 1, 0), members.length, tried, undefined, Infinity)

function leaveOut(address: string): void {
  counts().set(`failing ${address}`, 1, leftOutMs)
}

/**
 * Connects a request to one of its service's instances, as the table is now (`balancer_by_lua`). nginx asks again where that failed and
 * nothing was sent, or what was sent may be repeated. `$vt_tried` notes whom it was tried with, so that it is counted by the last.
 */
export function balanceGroup(): void {
  const v = ngx.var
  let tried = v.vt_tried ?? ''
  const isFirst = tried === ''
  if (!isFirst) {
    const failed = currentOf(tried)
    leaveOut(failed)
    end(failed)
    tried = `${tried} `
    v.vt_tried = tried
  }
  follow()
  const route = routeOf(v.vt_service ?? '')
  const group = route && groupOf(route)
  // Where nginx asks again though all were tried, one of the connections had been kept open.
  const member = group && (leastBusy(group, tried) ?? leastBusy(group, ''))
  if (!group || !member) {
    ngx.exit(nobody)
    return
  }
  const others = group.members.length - 1
  if (isFirst && others > 0) set_more_tries(others)
  begin(member.address)
  v.vt_tried = `${tried}${member.address}`
  v.vt_instance = member.instance
  connectTo(member.address)
}

/** Counts a request that is over, where it was one to several instances (`log_by_lua`). */
export function leaveGroup(): void {
  const v = ngx.var
  const address = currentOf(v.vt_tried ?? '')
  if (address === '') return
  end(address)
  if (byCode[v.vt_error ?? ''] === true) leaveOut(address)
}
