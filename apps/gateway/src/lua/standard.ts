import * as cjson from 'cjson.safe'
import type { Ngx } from './nginx.ts'
import { createCache } from './cache.ts'

declare const ngx: Ngx
declare const _G: Record<string, unknown>

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object'

/** Lua has no null, so a null in JSON becomes an absent value. */
function withoutNulls(value: unknown): unknown {
  if (value === cjson.null) return undefined
  if (isTable(value)) for (const name in value) value[name] = withoutNulls(value[name])
  return value
}

function written(value: unknown): string {
  const text = cjson.encode(value)
  if (text === undefined) throw new Error('this cannot be written as JSON')
  return text
}

const quotes = createCache<string>()

/** JavaScript's globals that Lua lacks and that the shared code uses. */
_G.JSON = {
  parse(text: string): unknown {
    const value = cjson.decode(text)
    if (value === undefined) throw new Error('this is not JSON')
    return withoutNulls(value)
  },
  // The result is cached, because the same few names are written again and again.
  stringify: (value: unknown): string =>
    typeof value === 'string' ? (quotes.get(value) ?? quotes.set(value, written(value))) : written(value),
}
_G.Date = {
  now: () => Math.floor(ngx.now() * 1000),
}
