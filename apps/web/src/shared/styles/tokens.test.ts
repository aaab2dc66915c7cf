import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')

const block = (selector: string): Map<string, string> => {
  const start = css.indexOf(`\n${selector} {`)
  if (start < 0) throw new Error(`tokens.css has no ${selector}`)
  const body = css.slice(start, css.indexOf('\n}', start))
  return new Map(
    [...body.matchAll(/(--v-[\w-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']),
  )
}
const light = block('html:root')
const dark = new Map([...light, ...block('html.dark:root')])

/** Relative luminance (WCAG 2.2) of `#rrggbb`. */
const luminance = (colour: string): number => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
const contrast = (one: string, other: string): number => {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

const words = ['primary', 'success', 'warning', 'danger', 'info']
const grounds = ['--v-bg', '--v-surface', '--v-surface-2']
const pairs: [string, string][] = [
  ...['--v-text', '--v-text-2', '--v-accent', ...words.map((word) => `--v-${word}`)].flatMap((text) =>
    grounds.map((ground): [string, string] => [text, ground]),
  ),
  ...words.map((word): [string, string] => [`--v-${word}`, `--v-${word}-soft`]),
  ...words.map((word): [string, string] => ['--v-text-2', `--v-${word}-soft`]),
  ['--v-on-primary', '--v-primary'],
  ['--v-on-primary', '--v-primary-strong'],
  ['--v-on-primary', '--v-danger'],
]

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s theme', (_, tokens) => {
  test('every text colour reaches WCAG AA (4.5:1) on every background that it is used on', () => {
    const poor = pairs
      .map(([text, ground]) => ({
        text,
        ground,
        ratio: contrast(tokens.get(text) ?? '#000000', tokens.get(ground) ?? '#000000'),
      }))
      .filter(({ ratio }) => ratio < 4.5)
    expect(poor).toEqual([])
  })
})
