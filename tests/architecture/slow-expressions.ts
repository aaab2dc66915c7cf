import { longText, slowTexts, type SlowText } from './slow-texts.ts'

/** What proves that an expression takes more than linear time: a text, and how much longer it takes than a quarter of it. */
export type Slowness = { text: SlowText; growth: number }

/** Where each character doubles the time, a long text would never end, so short ones are tried first. In characters. */
const shortLengths = [25, 400]
/** So long a text of at most 400 characters may take, in ms. It is microseconds. */
const shortAtMostMs = 20
/** Texts of the first length that take at least so many ms are compared with shorter ones. */
const [usualLength, suspectMs] = [6000, 0.5]
/** A text of a quarter of the length takes a quarter of the time in linear time, and a sixteenth of it in quadratic time. */
const [part, growthAtMost] = [4, 8]
/** The time must grow in all of them: what else happens in the process may look like growth once. */
const comparisons = 3
const rounds = 2

/** The processor time of going through a text once, in ms. */
function timeOnce(expression: RegExp, text: string): number {
  const before = process.cpuUsage()
  text.replace(expression, '')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The shortest of a few times: what else happens in the process only adds to one. */
const timeOf = (expression: RegExp, text: string): number =>
  Math.min(...Array.from({ length: rounds }, () => timeOnce(expression, text)))

function growthOf(expression: RegExp, text: SlowText): number {
  const shorter = timeOf(expression, longText(text, usualLength / part))
  return timeOf(expression, longText(text, usualLength)) / Math.max(shorter, 0.001)
}

/** How the time of an expression grows with a text, if it is slow for it. */
function slownessFor(expression: RegExp, text: SlowText): Slowness | null {
  const isEndless = shortLengths.some((length) => {
    const short = longText(text, length)
    return timeOnce(expression, short) > shortAtMostMs && timeOf(expression, short) > shortAtMostMs
  })
  if (isEndless) return { text, growth: Infinity }
  const usual = longText(text, usualLength)
  if (timeOnce(expression, usual) < suspectMs || timeOf(expression, usual) < suspectMs) return null
  let growth = Infinity
  for (let at = 0; at < comparisons && growth >= growthAtMost; at += 1)
    growth = Math.min(growth, growthOf(expression, text))
  return growth < growthAtMost ? null : { text, growth }
}

const isUnbounded = (source: string): boolean => /[*+]|,\}/.test(source)

/**
 * Whether an expression takes more than linear time for one of the texts that are written for it; null if for none. Those are
 * repetitions of what its parts match, behind what leads to them, with an end that does not match. Throws for no expression.
 */
export function slownessOf(source: string, flags: string): Slowness | null {
  if (!isUnbounded(source)) return null
  const expression = new RegExp(source, flags)
  for (const text of slowTexts(source, flags)) {
    const found = slownessFor(expression, text)
    if (found) return found
  }
  return null
}
