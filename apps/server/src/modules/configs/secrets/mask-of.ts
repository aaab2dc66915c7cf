import type { Json } from '@vitrine/contract'

/** Replaces the values of secrets in a text. */
export type Mask = (text: string) => string

/** The text that replaces a secret. */
const maskedValue = '••••'
/**
 * The shortest text that is hidden, in characters. Shorter values occur in ordinary words. Forms are looked up by their
 * first characters, as many as this.
 */
const shortest = 4
/**
 * Bounds for the cost of hiding, whatever the owner of a service makes a secret. The guide to the configuration names
 * them.
 */
export const maskBounds = { shortestLine: 8, linesOfSecret: 50, forms: 1_000, characters: 512 * 1024 }
/**
 * How many characters of forms may be compared: `ofCharacter` for each character of the text, and `besides` in
 * addition. Each comparison with a form costs `ofForm` and the length of the form.
 */
const comparisons = { ofCharacter: 8, besides: 20_000, ofForm: 16 }

/** The forms in which programs may print a text: as it is, within JSON, and within an address. */
const formsOf = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text.toWellFormed()),
]

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

function linesOf(value: Json): string[] {
  return textOf(value)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.length >= maskBounds.shortestLine)
    .slice(0, maskBounds.linesOfSecret)
}

/**
 * The forms of values, the most important first: whole values come before their lines. Values are taken one by one,
 * because the caller may stop early.
 */
function* candidates(groups: readonly Iterable<Json>[]): Generator<string> {
  for (const group of groups) {
    const values: Json[] = []
    for (const value of group) {
      values.push(value)
      const text = textOf(value)
      yield* formsOf(text)
      // The line end of a value from a file is usually not printed.
      yield* formsOf(text.trim())
    }
    for (const value of values) for (const line of linesOf(value)) yield* formsOf(line)
  }
}

function boundedForms(groups: readonly Iterable<Json>[]): ReadonlySet<string> {
  const forms = new Set<string>()
  let characters = 0
  for (const form of candidates(groups)) {
    if (form.length < shortest || forms.has(form)) continue
    if (forms.size >= maskBounds.forms) break
    if (characters + form.length > maskBounds.characters) continue
    characters += form.length
    forms.add(form)
  }
  return forms
}

/** A hash of two bytes of the first characters of a form. */
const startAt = (text: string, at: number): number =>
  ((text.charCodeAt(at) * 31 + text.charCodeAt(at + 1)) * 31 +
    text.charCodeAt(at + 2) * 7 +
    text.charCodeAt(at + 3) * 4_099) &
  0xffff

type Index = { starts: Uint8Array; byStart: ReadonlyMap<string, readonly string[]> }

/** The forms by their first characters. The longest comes first, because it may contain a shorter one. */
function indexOf(forms: Iterable<string>): Index {
  const starts = new Uint8Array(0x1_0000)
  const byStart = new Map<string, string[]>()
  for (const form of [...forms].toSorted((a, b) => b.length - a.length)) {
    const start = form.slice(0, shortest)
    starts[startAt(form, 0)] = 1
    const others = byStart.get(start)
    if (others) others.push(form)
    else byStart.set(start, [form])
  }
  return { starts, byStart }
}

/**
 * A text with all forms replaced. If that takes too many comparisons, because the text resembles the forms almost
 * everywhere, the whole text is replaced.
 */
function maskedText(text: string, { starts, byStart }: Index): string {
  const last = text.length - shortest
  let left = comparisons.besides + comparisons.ofCharacter * text.length
  let masked = ''
  let from = 0
  for (let at = 0; at <= last; at += 1) {
    if (starts[startAt(text, at)] === 0) continue
    for (const form of byStart.get(text.slice(at, at + shortest)) ?? []) {
      left -= comparisons.ofForm
      if (form.length <= text.length - at) left -= form.length
      if (left < 0) return maskedValue
      if (!text.startsWith(form, at)) continue
      masked += text.slice(from, at) + maskedValue
      from = at + form.length
      at = from - 1
      break
    }
  }
  return from === 0 ? text : masked + text.slice(from)
}

/**
 * Makes the function that hides values. If {@link maskBounds} does not allow all of them, values of the first groups
 * are hidden first. The function goes through a text once, so a text without secrets costs little. Pure.
 */
export function maskOf(...groups: readonly Iterable<Json>[]): Mask {
  const forms = boundedForms(groups)
  if (forms.size === 0) return (text) => text
  const index = indexOf(forms)
  return (text) => maskedText(text, index)
}
