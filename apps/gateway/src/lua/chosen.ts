import * as ffi from 'ffi'
import { get_request } from 'resty.core.base'
import type { Sockets } from './noted-sockets.ts'
import type { Ngx, ToNumber } from './nginx.ts'

declare const ngx: Ngx
declare const tonumber: ToNumber

/** Where a request goes, and the sockets that are the instance's own there. */
export type Chosen = { address: string; sockets: Sockets }

/**
 * What the last request of this worker was sent to. nginx asks where to connect in the same turn of its event loop, so
 * nothing has to be looked up again. The request is known by its address in memory, stored as a number, because a pointer
 * would need its own object.
 */
const last = { request: 0, at: 0, chosen: undefined as Chosen | undefined }

const currentRequest = (): number => tonumber(ffi.cast('uintptr_t', get_request()))

/** Forgets the last request. It must be called first for each request, as a later one may have the same address. */
export function forgetChosen(): void {
  last.chosen = undefined
}

/** Records where the current request goes. */
export function choose(chosen: Chosen): void {
  last.request = currentRequest()
  last.at = ngx.now()
  last.chosen = chosen
}

/**
 * Where the current request goes, if that was chosen just now. Undefined if another request came since, or if time has
 * passed: the route may have changed.
 */
export const justChosen = (): Chosen | undefined =>
  last.request === currentRequest() && last.at === ngx.now() ? last.chosen : undefined
