import { extname } from 'node:path'
import { localTextIn, type Json, type LocalText } from '@vitrine/contract'
import type { Language } from '../../lib/errors.ts'

const longestText = 24

/** The beginning of a text on one line. No character is cut in two. */
function beginningOf(text: string): string {
  const points = Array.from(text.replaceAll(/\s+/g, ' ').trim())
  return points.length > longestText ? `${points.slice(0, longestText).join('')}…` : points.join('')
}

/**
 * The name of an example: the one that its presenter gave it, else the beginning of its text, else the name of its first file, else its
 * number among the chosen ones, from 1. Pure.
 */
export function exampleName(
  example: { name: LocalText; input: readonly Json[]; fileName: string | null; number: number },
  language: Language,
): string {
  const { name, input, fileName, number } = example
  const [first] = input
  const ofInput =
    typeof first === 'string'
      ? first
      : fileName === null
        ? ''
        : fileName.slice(0, -extname(fileName).length || undefined)
  const numbered = language === 'zh' ? `示例 ${number}` : `Example ${number}`
  return localTextIn(name, language, '') || beginningOf(ofInput) || numbered
}
