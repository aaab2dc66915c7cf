import type { z } from 'zod'
import { rule } from './issue-rules.ts'

/**
 * Characters that turn the direction of writing: a name with one can look like another name, and text behind it like something else
 * ("Trojan Source", CVE-2021-42574).
 */
const turning = '\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069'
const unseen = new RegExp(`(?![\\t\\n\\r])[\\p{Cc}${turning}]`, 'gu')
const hasUnseen = new RegExp(`[\\p{Cc}${turning}]`, 'u')

/**
 * A text of others as it may be shown: control characters, and those that turn the direction of writing, are written out, as in `[U+202E]`.
 * Only to be shown: two texts that differ in them are different ones.
 */
export const visibleText = (text: string): string =>
  text.replaceAll(
    unseen,
    (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  )

/** A name of one line that people give something: without control characters and those that turn the direction of writing. */
export const visibleName = (name: z.ZodString) =>
  name.refine((text) => !hasUnseen.test(text), rule('field.unseen_characters'))
