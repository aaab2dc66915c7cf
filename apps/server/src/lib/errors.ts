import type { ErrorCode, Json, Language, SentenceValues, SharedCode } from '@vitrine/contract'
import { errorStatuses } from '@vitrine/contract/error-codes'
import { filledIn, sharedSentences } from '@vitrine/contract/error-sentences'

export type { Language } from '@vitrine/contract'
type Details = Record<string, Json>
type Message<D> = (details: D) => string

/** An error's sentence: its own, or the one that other programs say too, with the values that stand in it. */
type Told<D> =
  | { code: Exclude<ErrorCode, SharedCode>; zh: Message<D>; en: Message<D> }
  | { code: SharedCode; values?: (details: D, language: Language) => SentenceValues }

/**
 * The one error type: what a caller may see. `code` is stable and dotted, `details` name the field, the holder, the log lines.
 * Made by the factories of `<noun>.errors.ts` alone.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly details: Details
  readonly headers: Record<string, string>
  readonly #messages: Record<Language, string>

  constructor(input: {
    code: ErrorCode
    details: Details
    messages: Record<Language, string>
    headers?: Record<string, string>
    cause?: unknown
  }) {
    super(input.messages.en, { cause: input.cause })
    this.name = 'AppError'
    this.code = input.code
    this.status = errorStatuses[input.code]
    this.details = input.details
    this.headers = input.headers ?? {}
    this.#messages = input.messages
  }

  /** The sentence for people, in their language. */
  messageIn(language: Language): string {
    return this.#messages[language]
  }
}

/** For each code its sentence for those who may not read logs; null where its own sentence is for everybody. */
const codes = new Map<string, Record<Language, string> | null>()

/** What those are told of an error who may not read logs; null where they are told what everybody is. */
export const closedSentence = (code: string): Record<Language, string> | null => codes.get(code) ?? null

function sentenceOf<D>(told: Told<D>, details: D, language: Language): string {
  if ('zh' in told) return told[language](details)
  return filledIn(sharedSentences[told.code][language], told.values?.(details, language) ?? {})
}

/**
 * Defines one error of the product and returns its factory. Its code is one of the contract's, which has its status. A code that is
 * defined twice throws at start, so callers can tell errors apart by code.
 */
export function defineError<D extends Details = Record<string, never>>(
  definition: Told<D> & {
    headers?: (details: D) => Record<string, string>
    /** Where its sentence or details hold what a process wrote, a command or a path: what those read who may not read logs. */
    closed?: Record<Language, string>
  },
): (details: D, cause?: unknown) => AppError {
  const { code, headers, closed } = definition
  if (codes.has(code)) throw new Error(`error code ${code} is defined twice`)
  codes.set(code, closed ?? null)
  return (details, cause) =>
    new AppError({
      code,
      details,
      messages: { zh: sentenceOf(definition, details, 'zh'), en: sentenceOf(definition, details, 'en') },
      ...(headers && { headers: headers(details) }),
      cause,
    })
}
