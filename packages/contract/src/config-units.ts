/** Units of durations with their milliseconds, the longest first. */
const durations = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
/** Units of sizes with their bytes, the largest first. MB means MiB, as in most server programs. */
const sizes = { TB: 2 ** 40, GB: 2 ** 30, MB: 2 ** 20, KB: 2 ** 10, B: 1 } as const

/** The unit in which a duration is stored. */
export type DurationUnit = keyof typeof durations
/** The unit in which a size is stored. */
export type SizeUnit = keyof typeof sizes
/** The unit in which a value of the configuration is stored. */
export type ConfigUnit = DurationUnit | SizeUnit

/** The name of a unit, and its size in the smallest unit. */
type Named = readonly [name: string, factor: number]

const longestText = 60
const isDuration = (unit: ConfigUnit): unit is DurationUnit => Object.hasOwn(durations, unit)
const namesOf = (unit: ConfigUnit): readonly Named[] => Object.entries(isDuration(unit) ? durations : sizes)
const factorOf = (unit: ConfigUnit): number => (isDuration(unit) ? durations[unit] : sizes[unit])

/** Other ways to write a unit. */
const alsoWritten: Readonly<Record<string, ConfigUnit>> = {
  min: 'm',
  sec: 's',
  k: 'KB',
  kib: 'KB',
  m: 'MB',
  mib: 'MB',
  g: 'GB',
  gib: 'GB',
  t: 'TB',
  tib: 'TB',
}

/** The size of a written unit in the smallest unit. Undefined if it is not of the same kind as `unit`. */
function factorOfWritten(written: string, unit: ConfigUnit): number | undefined {
  const lower = written.toLowerCase()
  const [, exact] = namesOf(unit).find(([name]) => name.toLowerCase() === lower) ?? []
  const other = alsoWritten[lower]
  if (exact !== undefined) return exact
  return other !== undefined && isDuration(other) === isDuration(unit) ? factorOf(other) : undefined
}

/**
 * The value of a text such as `90s`, `1h30m` or `512MB`, as a number in `unit`. A bare number is already in `unit`.
 * Null for any other text. Pure.
 */
export function quantityOf(text: string, unit: ConfigUnit): number | null {
  const trimmed = text.trim()
  if (trimmed.length > longestText) return null
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) return Number(trimmed)
  if (!/^(?:\d+(?:\.\d+)?\s*[A-Za-z]+\s*)+$/.test(trimmed)) return null
  let total = 0
  for (const [, number, written = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*/gy)) {
    const factor = factorOfWritten(written, unit)
    if (factor === undefined) return null
    total += Number(number) * factor
  }
  // Rounding removes errors of binary fractions: 0.1 s is 100 ms.
  return Number((total / factorOf(unit)).toFixed(9))
}

/**
 * A number in a unit as people write it: in the largest unit in which it is a whole number. Of a duration there are at least two, unless it
 * is stored in that unit: people say 60 seconds and 24 hours, and the pages do too. Pure.
 */
export function quantityText(value: number, unit: ConfigUnit): string {
  const total = Number((value * factorOf(unit)).toFixed(6))
  const own = factorOf(unit)
  const fewest = (one: number): number => (isDuration(unit) && one > own ? 2 : 1)
  const isFit = ([, one]: Named): boolean => total % one === 0 && total / one >= fewest(one)
  const [name, factor] = namesOf(unit).find(isFit) ?? [unit, own]
  return `${total / factor}${name}`
}
