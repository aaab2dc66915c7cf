import type { GateRequest } from '../njs/host.ts'
import { randomHex } from './libcrypto.ts'
import type { LuaString } from './nginx.ts'

declare const string: LuaString

const lastDigits: string[] = []
for (let number = 0; number < 4096; number++) lastDigits.push(string.format('%03x', number))

let beginning = ''
let count = 0

/** The beginning of the next ids, without their last three digits. */
function beginningOf(random: string, thousands: number): string {
  const groups = [random.slice(0, 8), random.slice(8, 12), random.slice(12, 16), random.slice(16, 20)]
  return `${groups.join('-')}-${string.format('%09x', thousands)}`
}

let random = ''

/**
 * Returns a new request id in the form of a UUID. The random part is generated once for each worker, because that is
 * slow. The rest is a counter.
 */
function newRequestId(): string {
  const last = count % 4096
  if (last === 0) {
    if (random === '') random = randomHex(10)
    beginning = beginningOf(random, count / 4096)
  }
  count++
  return beginning + lastDigits[last]
}

/** Returns the id of a request: the client's if it is well-formed, else a new one. */
export function requestIdOf(r: GateRequest): string {
  const sent = r.headersIn['X-Request-Id'] === undefined ? '' : r.variables.vt_sent_id
  return sent === undefined || sent === '' ? newRequestId() : sent
}
