const isoStart =
  /^\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:(Z)| ?([+-]\d\d):?(\d\d))?(?=[\]\s|,:]|$)/

/** The time at the beginning of a line, and the text after it. */
export type TimedStart = { at: number; rest: string }

/**
 * Parses the time at the beginning of a line, in ISO 8601 or in the form of Python's logging (`2026-01-31
 * 12:00:00,123`), as milliseconds since 1970; null if there is none. A time without a zone is local time.
 */
export function timedStart(text: string): TimedStart | null {
  const found = isoStart.exec(text)
  if (!found) return null
  const [all, date, time, fraction = '0', z = '', hours = '', minutes = ''] = found
  const zone = z || (hours && `${hours}:${minutes}`)
  const at = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone}`)
  return Number.isNaN(at) ? null : { at, rest: text.slice(all.length) }
}

/** Units of a numeric time: seconds, milliseconds, microseconds and nanoseconds, recognised by their size. */
const unitsPerMs: [below: number, perMs: number][] = [
  [1e11, 1e-3],
  [1e14, 1],
  [1e17, 1e3],
  [1e20, 1e6],
]

/**
 * The time in a field of a JSON line, as milliseconds since 1970. The field is an ISO 8601 text or a number
 * since 1970.
 */
export function timeOfField(value: unknown): number | null {
  if (typeof value === 'string') return timedStart(value)?.at ?? null
  if (typeof value !== 'number' || value <= 0) return null
  const perMs = unitsPerMs.find(([below]) => value < below)?.[1]
  return perMs === undefined ? null : Math.floor(value / perMs)
}
