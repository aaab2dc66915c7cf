import type {
  GateChange,
  GateKey,
  GateKeys,
  GateRevoked,
  GateRoute,
  GateState,
  GateTable,
} from '@vitrine/contract'
import { preloadedChange, preloadedState, sharedState } from './host.ts'

/** The settings for sign-in and waking that all routes share. */
type SharedSettings = Pick<GateTable, 'wake' | 'jwt'>

const readyKey = 'ready'
const settingsKey = 'settings'
const changesKey = 'changes'
const closingKey = 'closing'
const revokedKey = 'revoked'
const routesKey = 'routes'
const routeKey = (serviceId: string) => `route ${serviceId}`
const grantKey = (caller: string) => `grant ${caller}`
const hashKey = (sha256: string) => `key ${sha256}`

function listOf(name: string): string[] {
  const text = sharedState().get(name)
  const parsed: string[] = text === undefined ? [] : JSON.parse(text)
  return parsed
}

/** Writes the entries, and removes earlier ones that are not among them. */
function replaceAll(name: string, entries: [key: string, value: string][]): void {
  const dict = sharedState()
  const before = listOf(name)
  const kept: Record<string, true> = {}
  for (const [key, value] of entries) {
    dict.set(key, value)
    kept[key] = true
  }
  for (const key of before) if (!kept[key]) dict.delete(key)
  dict.set(name, JSON.stringify(Object.keys(kept)))
}

/** Marks everything that was read before as possibly out of date. */
function change(): void {
  sharedState().set(changesKey, String(Number(sharedState().get(changesKey) ?? '0') + 1))
}

/** Puts a table in force for all workers at once. */
export function applyTable(table: GateTable): void {
  const { wake, jwt } = table
  const now: SharedSettings = { wake, jwt }
  sharedState().set(settingsKey, JSON.stringify(now))
  replaceAll(
    routesKey,
    table.routes.map((route) => [routeKey(route.service_id), JSON.stringify(route)]),
  )
  sharedState().set(readyKey, String(table.revision))
  change()
}

/** Adds routes to the list of all routes, and removes others from it. */
function relist(added: readonly string[], removed: readonly string[]): void {
  if (added.length === 0 && removed.length === 0) return
  const gone: Record<string, true> = {}
  for (const key of removed) gone[key] = true
  const kept = listOf(routesKey).filter((key) => !gone[key])
  sharedState().set(routesKey, JSON.stringify([...kept, ...added]))
}

/**
 * Puts what has changed of the table in force for all workers at once. Returns whether it did: a change of another table than the
 * one in force must not be made.
 */
export function applyChange({ base, revision: next, routes, removed }: GateChange): boolean {
  if (revision() !== base) return false
  const dict = sharedState()
  const added: string[] = []
  for (const route of routes) {
    const key = routeKey(route.service_id)
    if (dict.get(key) === undefined) added.push(key)
    dict.set(key, JSON.stringify(route))
  }
  const gone = removed.map(routeKey)
  for (const key of gone) dict.delete(key)
  relist(added, gone)
  dict.set(readyKey, String(next))
  change()
  return true
}

/** Puts API keys, revoked logins and grants in force for all workers at once. */
export function applyKeys({ keys, revoked: logins, grants = [] }: GateKeys): void {
  // If no login is revoked, requests have nothing to read.
  if (Object.keys(logins.before).length === 0) sharedState().delete(revokedKey)
  else sharedState().set(revokedKey, JSON.stringify(logins))
  replaceAll(
    'keys',
    keys.map((key) => [hashKey(key.sha256), JSON.stringify(key)]),
  )
  replaceAll(
    'grants',
    grants.map(({ caller, groups }) => [grantKey(caller), JSON.stringify(groups)]),
  )
  change()
}

/** Makes each answer close its connection until this time (milliseconds since 1970). */
export function applyClosing(until: number): void {
  sharedState().set(closingKey, String(until))
  change()
}

/** The time until which each answer closes its connection, in milliseconds since 1970. */
export const closesUntil = (): number => Number(sharedState().get(closingKey) ?? '0')

/**
 * The dictionary is empty after nginx starts. Then the state read with the configuration comes into force, and
 * the result is true. A part that the control plane sends must not be applied before: the other parts would be
 * missing, or older parts would replace it.
 */
export function ensureReady(): boolean {
  if (sharedState().get(readyKey) !== undefined) return false
  const state: GateState = JSON.parse(preloadedState())
  applyKeys(state)
  applyTable(state.table)
  const since: GateChange = JSON.parse(preloadedChange())
  applyChange(since)
  return true
}

function read(key: string): string | undefined {
  const text = sharedState().get(key)
  return text === undefined && ensureReady() ? sharedState().get(key) : text
}

/** The route of a service, or null. */
export function routeOf(serviceId: string): GateRoute | null {
  const text = read(routeKey(serviceId))
  return text === undefined ? null : JSON.parse(text)
}

/** The key with this SHA-256 (hex), or null. */
export function keyOfSha256(sha256: string): GateKey | null {
  const text = read(hashKey(sha256))
  return text === undefined ? null : JSON.parse(text)
}

/** The groups whose services a caller may run although the role permits none. */
export function groupsOf(caller: string): readonly string[] {
  const text = read(grantKey(caller))
  return text === undefined ? [] : JSON.parse(text)
}

/** An empty list of revoked logins. */
export const noneRevoked: GateRevoked = { until: 0, before: {} }

/** The revoked logins. */
export function revoked(): GateRevoked {
  const text = read(revokedKey)
  return text === undefined ? noneRevoked : JSON.parse(text)
}

/** How login tokens are checked and services are woken. */
export function sharedSettings(): SharedSettings {
  return JSON.parse(read(settingsKey) ?? '{}')
}

/** A text that differs after each change. While it is the same, everything read before is still in force. */
export function changes(): string {
  return read(changesKey) ?? ''
}

/** Revision of the table in force. */
export const revision = (): number => Number(read(readyKey))
