import { decode_base64url } from 'ngx.base64'
import type * as njs from '../njs/host.ts'
import { headerOf } from './headers.ts'
import type { LuaIo, LuaSharedDict, Ngx, SetMetatable } from './nginx.ts'

declare const ngx: Ngx
declare const io: LuaIo
declare const setmetatable: SetMetatable

type Dict<V> = {
  get(key: string): V | undefined
  set(key: string, value: V, timeoutMs?: number): void
  /** Sets the value if there is none yet. Returns the value that is then stored. */
  getOrSet(key: string, value: V, timeoutMs: number): V
  incr(key: string, delta: number, init: number, timeoutMs?: number): number
  delete(key: string): void
  keys(): readonly string[]
}

/**
 * A dictionary with the interface of njs: times are in milliseconds, and it is an error if there is no room
 * for a value.
 */
export function dictionary<V>(own: LuaSharedDict<V>): Dict<V> {
  return {
    get(key) {
      // Lua's function returns more than one value; only the first is needed.
      const value = own.get(key)
      return value
    },
    set(key, value, timeoutMs = 0) {
      if (own.safe_set(key, value, timeoutMs / 1000) !== true) throw new Error(`no room for ${key}`)
    },
    getOrSet(key, value, timeoutMs) {
      if (own.safe_add(key, value, timeoutMs / 1000) === true) return value
      const there = own.get(key)
      return there ?? value
    },
    incr(key, delta, init, timeoutMs = 0) {
      const sum = own.incr(key, delta, init, timeoutMs / 1000)
      if (sum === undefined) throw new Error(`no room for ${key}`)
      return sum
    },
    delete(key) {
      own.delete(key)
    },
    keys: () => own.get_keys(0),
  }
}

const stateHere = dictionary(ngx.shared.vitrine_hot_shared_state)
const countsHere = dictionary(ngx.shared.vitrine_hot_counts)
let [state, since] = ['', '']

export const sharedState = () => stateHere
export const counts = () => countsHere
export const preloadedState = () => state
export const preloadedChange = () => since
export const decodeBase64url: typeof njs.decodeBase64url = (text) => decode_base64url(text) ?? null

function jsonIn(file: string): string {
  const opened = io.open(file, 'r')
  if (opened === undefined) throw new Error(`${file} cannot be read`)
  const written: { json: string } = JSON.parse(opened.read('*a'))
  opened.close()
  return written.json
}

/**
 * Reads the state that nginx serves until the control plane sends another, and what has changed of its table since. Called
 * while nginx reads its configuration.
 */
export function preload(stateFile: string, changeFile: string): void {
  state = jsonIn(stateFile)
  since = jsonIn(changeFile)
}

/** The current request. */
export const request: njs.GateRequest = {
  variables: ngx.var,
  headersIn: setmetatable({}, { __index: (_, header) => headerOf(header) }),
}
