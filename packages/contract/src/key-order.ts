import type { Json } from './common.ts'

type Members = { [key: string]: Json }

const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Bounds of what is stored of the order of keys. Data with more keeps the order of the objects that come first. */
const most = { values: 10_000, orders: 50, keys: 200, characters: 20_000 } as const

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/**
 * Whether PostgreSQL keeps these keys as they are. Its type `jsonb` has the shorter keys first, and those of one length in
 * the order of their bytes.
 */
const isKept = (keys: readonly string[]): boolean =>
  keys.every((key, place) => {
    const before = keys[place - 1]
    if (before === undefined) return true
    const longer = bytesOf(key) - bytesOf(before)
    return longer === 0 ? before < key : longer > 0
  })

/** One name for all objects with the same keys. */
const nameOf = (keys: readonly string[]): string => JSON.stringify(keys.toSorted())

/**
 * The orders of the keys of the objects in `data` that a database does not keep: one for all objects with the same keys, and the
 * outer objects first. Pure.
 */
export function keyOrdersOf(data: Json): string[][] {
  const orders = new Map<string, string[]>()
  const waiting: Json[] = [data]
  let characters = 0
  for (let at = 0; at < waiting.length; at++) {
    const value = waiting[at] ?? null
    if (typeof value !== 'object' || value === null) continue
    for (const inner of Object.values(value)) if (waiting.length < most.values) waiting.push(inner)
    if (!isMembers(value)) continue
    const keys = Object.keys(value)
    if (keys.length > most.keys || isKept(keys)) continue
    const name = nameOf(keys)
    if (orders.has(name)) continue
    characters += name.length
    if (orders.size === most.orders || characters > most.characters) break
    orders.set(name, keys)
  }
  return [...orders.values()]
}

/** `data` with the keys of its objects in these orders. Other objects keep theirs. Pure. */
export function inKeyOrder(data: Json, orders: readonly string[][] | undefined): Json {
  if (orders === undefined || orders.length === 0) return data
  const ordered = new Map(orders.map((keys) => [nameOf(keys), keys]))
  const ordersOfKeys = new Map<string, string[]>()
  const orderOf = (value: Members): string[] => {
    const keys = Object.keys(value)
    const asTheyAre = JSON.stringify(keys)
    const known = ordersOfKeys.get(asTheyAre) ?? ordered.get(nameOf(keys)) ?? keys
    ordersOfKeys.set(asTheyAre, known)
    return known
  }
  const inOrder = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(inOrder)
    if (!isMembers(value)) return value
    return Object.fromEntries(orderOf(value).map((key) => [key, inOrder(value[key] ?? null)]))
  }
  return inOrder(data)
}
