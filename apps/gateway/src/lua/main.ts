import './standard.ts'
import { start } from 'jit.opt'
import { closing as closingAt, enterBelow } from '../njs/enter.ts'
import { take } from '../njs/take.ts'
import { connectTo } from './connect.ts'
import { balanceGroup, leaveGroup } from './group.ts'
import { findHeaders } from './headers.ts'
import { preload, request } from './host.ts'
import { follow } from './known.ts'
import type { CollectGarbage, Ngx } from './nginx.ts'
import { forgetGone, underWay } from './under-way.ts'

declare const ngx: Ngx
declare const collectgarbage: CollectGarbage

// The way of a request through the script is longer than what LuaJIT compiles by default, and has more constants.
start('maxrecord=40000', 'maxirconst=4000', 'maxsnap=4000', 'loopunroll=100', 'callunroll=100')

// What a request leaves behind is little beside what stays: looking through that less often costs some MB.
collectgarbage('setpause', 1_000)

export { balanceGroup, forgetGone, leaveGroup, preload }

/** What is done first about a request. */
function begin(): void {
  follow()
  findHeaders()
}

/** Decides about a request to a service that came in below a prefix (`$vt_enter`). */
export function enter(serviceId: string, prefix: string): string {
  begin()
  return enterBelow(request, serviceId, prefix)
}

/** Whether a reload is about to close idle connections (`$vt_closing`). */
export function closing(): string {
  begin()
  return closingAt(request)
}

/** Connects a request to the address that was decided (`balancer_by_lua`). */
export function balance(): void {
  connectTo(ngx.var.vt_upstream ?? '')
}

/** What the control plane says over its socket (`PUT /hot/…`). */
export function control(): void {
  ngx.req.read_body()
  const path = ngx.var.uri ?? ''
  const { status, body } = take(path.slice('/hot'.length), ngx.req.get_body_data() ?? '')
  ngx.status = status
  ngx.print(body)
}

/** How many requests are under way to an address of a group (`GET /hot/under-way?upstream=…`). */
export function tellUnderWay(): void {
  forgetGone()
  ngx.print(String(underWay(ngx.var.arg_upstream ?? '')))
}
