import type { Json } from '@vitrine/contract'
import type { Saved } from './match.ts'

/** Folders that a case may name. */
export type Folders = { media: string; gate: string; outside: string }

/** A text with `$media`, `$gate`, `$outside` at its start and `${name}` anywhere replaced. */
export function expandText(text: string, folders: Folders, saved: Saved): string {
  return text
    .replace(/^\$(media|gate|outside)(?=\/|$)/, (whole, name: string) =>
      name === 'media' || name === 'gate' || name === 'outside' ? folders[name] : whole,
    )
    .replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = saved.get(name)
      if (value === undefined) throw new Error(`nothing was saved as ${name}`)
      return value
    })
}

/** A JSON value with the same done to every text in it, and `$repeat`, `$list` and `$base64` written out. */
export function expandJson(value: Json, folders: Folders, saved: Saved): Json {
  if (typeof value === 'string') return expandText(value, folders, saved)
  if (Array.isArray(value)) return value.map((item) => expandJson(item, folders, saved))
  if (typeof value !== 'object' || value === null) return value
  const { $repeat: repeat, $base64: base64, $list: list } = value
  if (Array.isArray(repeat)) return String(repeat[0]).repeat(Number(repeat[1]))
  if (Array.isArray(list)) return Array.from({ length: Number(list[1]) }, () => list[0] ?? null)
  if (typeof base64 === 'string') return Buffer.from(base64).toString('base64')
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expandJson(item, folders, saved)]),
  )
}
