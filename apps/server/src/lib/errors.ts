import type { Json, Language } from '@vitrine/contract'

export type { Language } from '@vitrine/contract'
type Details = Record<string, Json>
type Message<D> = (details: D) => string

/**
 * The one error type: what a caller may see. `code` is stable and dotted, `details` name the field, the holder, the log lines.
 * Made by the factories of `<noun>.errors.ts` alone.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly details: Details
  readonly headers: Record<string, string>
  readonly #messages: Record<Language, string>

  constructor(input: {
    code: string
    status: number
    details: Details
    messages: Record<Language, string>
    headers?: Record<string, string>
    cause?: unknown
  }) {
    super(input.messages.en, { cause: input.cause })
    this.name = 'AppError'
    this.code = input.code
    this.status = input.status
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

/**
 * Defines one error of the product and returns its factory. A code that is defined twice throws at start,
 * so callers can tell errors apart by code.
 */
export function defineError<D extends Details = Record<string, never>>(definition: {
  code: string
  status: number
  zh: Message<D>
  en: Message<D>
  headers?: (details: D) => Record<string, string>
  /** Where its sentence or details hold what a process wrote, a command or a path: what those read who may not read logs. */
  closed?: Record<Language, string>
}): (details: D, cause?: unknown) => AppError {
  if (codes.has(definition.code)) throw new Error(`error code ${definition.code} is defined twice`)
  codes.set(definition.code, definition.closed ?? null)
  return (details, cause) =>
    new AppError({
      code: definition.code,
      status: definition.status,
      details,
      messages: { zh: definition.zh(details), en: definition.en(details) },
      ...(definition.headers && { headers: definition.headers(details) }),
      cause,
    })
}
