import type { ErrorCode, Json, Language, SentenceValues, SharedCode } from '@vitrine/contract'
import { errorStatuses } from '@vitrine/contract/error-codes'
import { filledIn, sharedSentences } from '@vitrine/contract/error-sentences'

export type { Language } from '@vitrine/contract'
type Details = Record<string, Json>
type Message<D> = (details: D) => string

/**
 * The sentence of an error. Either the error brings its own, or it uses a sentence shared with other programs
 * and fills in the values.
 */
type Sentence<D> =
  | { code: Exclude<ErrorCode, SharedCode>; zh: Message<D>; en: Message<D> }
  | { code: SharedCode; values?: (details: D, language: Language) => SentenceValues }

/**
 * The one error type. It holds what a caller may see: a stable dotted `code`, and `details` such as the
 * field, the process that holds a port, or log lines. Only the factories in `<noun>.errors.ts` create it.
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

  /** Returns the sentence for people, in the given language. */
  messageIn(language: Language): string {
    return this.#messages[language]
  }
}

/** The sentence for readers who may not read what the error's own one quotes: logs, or who holds which port of the machine. */
type Redaction = { sentence: Record<Language, string>; quotes: 'logs' | 'ports' }

/** For each code, its redaction; null if everybody may read the error's own sentence. */
const codes = new Map<string, Redaction | null>()

/** Returns what readers get who may not read all of an error; null if everybody may. */
export const redactionOf = (code: string): Redaction | null => codes.get(code) ?? null

/** Returns the sentence that everybody may read; null if that is the error's own one. */
export const redactedSentence = (code: string): Record<Language, string> | null =>
  redactionOf(code)?.sentence ?? null

function sentenceOf<D>(sentence: Sentence<D>, details: D, language: Language): string {
  if ('zh' in sentence) return sentence[language](details)
  return filledIn(sharedSentences[sentence.code][language], sentence.values?.(details, language) ?? {})
}

/**
 * Defines one error of the product and returns its factory. The code and its status are defined in the
 * contract. Throws at start if a code is defined twice, so callers can tell errors apart by their code.
 */
export function defineError<D extends Details = Record<string, never>>(
  definition: Sentence<D> & {
    headers?: (details: D) => Record<string, string>
    /**
     * The sentence for readers who may not read what the error quotes. Needed if the error's sentence or details contain
     * process output, a command, a path or the holder of a port.
     */
    redacted?: Record<Language, string>
    /** What the error quotes that not everybody may read. */
    quotes?: Redaction['quotes']
  },
): (details: D, cause?: unknown) => AppError {
  const { code, headers, redacted, quotes = 'logs' } = definition
  if (codes.has(code)) throw new Error(`error code ${code} is defined twice`)
  codes.set(code, redacted ? { sentence: redacted, quotes } : null)
  return (details, cause) =>
    new AppError({
      code,
      details,
      messages: { zh: sentenceOf(definition, details, 'zh'), en: sentenceOf(definition, details, 'en') },
      ...(headers && { headers: headers(details) }),
      cause,
    })
}
