import type { Json } from '@vitrine/contract'
import type { Saved } from './match.ts'

/** Folders that a case may refer to. */
export type Folders = { media: string; gate: string; outside: string }

/** Replaces `$media`, `$gate` and `$outside` at the start of a text, and `${name}` anywhere. */
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

/** Does the same for every text in a JSON value, and expands `$repeat`, `$list` and `$base64`. */
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
