import type { z } from 'zod'
import { rule } from './issue-rules.ts'

/**
 * Characters that change the direction of writing. A name with one can look like another name, and the text after it
 * can look like something else ("Trojan Source", CVE-2021-42574).
 */
const turning = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069'
const unseen = new RegExp(`(?![\\t\\n\\r])[\\p{Cc}${turning}]`, 'gu')
const hasUnseen = new RegExp(`[\\p{Cc}${turning}]`, 'u')

/**
 * A text of other people in a form that is safe to show: control characters and those that change the direction of
 * writing are replaced by their code points, as in `[U+202E]`. Use it only to show a text, not to compare texts.
 */
export const visibleText = (text: string): string =>
  text.replaceAll(
    unseen,
    (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  )

/** A name in one line that people choose, without control characters and those that change the direction of writing. */
export const visibleName = (name: z.ZodString) =>
  name.refine((text) => !hasUnseen.test(text), rule('field.unseen_characters'))
