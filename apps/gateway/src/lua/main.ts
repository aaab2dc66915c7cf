import './standard.ts'
import { start } from 'jit.opt'
import { closing as closingAt, enterService } from '../njs/enter.ts'
import { applyMessage } from '../njs/apply-message.ts'
import { forgetChosen, justChosen, type Chosen } from './chosen.ts'
import { connectTo, isItself, nobody } from './connect.ts'
import { balanceGroup, leaveGroup } from './group.ts'
import { findHeaders } from './headers.ts'
import { preload, request } from './host.ts'
import { frontAnswer, publicAnswer } from './instance-answer.ts'
import { current, dropOutdated } from './lookups.ts'
import type { CollectGarbage, Ngx } from './nginx.ts'
import { endWhatIsRevoked, noteRequest } from './open-requests.ts'
import { socketsAt } from './noted-sockets.ts'
import { forgetDeadWorkers, underWay } from './under-way.ts'

declare const ngx: Ngx
declare const collectgarbage: CollectGarbage

// The compiled path of a request is longer and has more constants than LuaJIT's default limits allow.
start('maxrecord=40000', 'maxirconst=4000', 'maxsnap=4000', 'loopunroll=100', 'callunroll=100')

// A request leaves little garbage compared to the memory in use. Collecting this rarely costs a few MB.
collectgarbage('setpause', 1_000)

export { balanceGroup, endWhatIsRevoked, forgetDeadWorkers, frontAnswer, leaveGroup, preload, publicAnswer }

/** Prepares the caches for a request. Must run first for each request. */
function prepareRequest(): void {
  dropOutdated()
  forgetChosen()
  current.credential = undefined
  findHeaders()
}

/** Decides about a request to a service under a path prefix (`$vt_enter`). */
export function enter(serviceId: string, prefix: string): string {
  prepareRequest()
  const url = enterService(request, serviceId, prefix)
  noteRequest(current.credential, serviceId)
  return url
}

/** Whether a reload is about to close idle connections (`$vt_closing`). */
export function closing(): string {
  prepareRequest()
  noteRequest(undefined, '')
  return closingAt(request)
}

/** Where a request goes that was chosen earlier, or by njs. Undefined if it is not known whose that address is. */
function chosenEarlier(): Chosen | undefined {
  const v = ngx.var
  const address = v.vt_upstream ?? ''
  dropOutdated()
  const sockets = socketsAt(v.vt_service ?? '', address)
  return sockets && { address, sockets }
}

/** Connects a request to the address that was chosen (`balancer_by_lua`). */
export function balance(): void {
  const chosen = justChosen() ?? chosenEarlier()
  if (chosen !== undefined && isItself(chosen.address, chosen.sockets.listeners)) connectTo(chosen.address)
  else ngx.exit(nobody)
}

/** Handles the control plane's requests over the socket (`PUT /hot/…`). */
export function control(): void {
  ngx.req.read_body()
  const path = ngx.var.uri ?? ''
  const { status, body } = applyMessage(path.slice('/hot'.length), ngx.req.get_body_data() ?? '')
  ngx.status = status
  ngx.print(body)
}

/** Answers the number of requests in progress to an address of a group (`GET /hot/under-way?upstream=…`). */
export function answerUnderWay(): void {
  forgetDeadWorkers()
  ngx.print(String(underWay(ngx.var.arg_upstream ?? '')))
}
