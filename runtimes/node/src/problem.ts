import { errorStatuses } from '@vitrine/contract/error-codes'
import {
  fieldValues,
  filledIn,
  outputReasonText,
  runtimeSentences,
  sharedSentences,
  type OutputReason,
} from '@vitrine/contract/error-sentences'
import { isIssueRule, type IssueRule } from '@vitrine/contract/issue-rules'
import { issueSentence } from '@vitrine/contract/issue-sentence'
import type { Issue, Language } from '@vitrine/contract'

export type { Language } from '@vitrine/contract'

const sentences = { ...sharedSentences, ...runtimeSentences }
/** The codes of a runtime's errors. For `algorithm.failed`, the algorithm itself gives the message. */
type ProblemCode = keyof typeof sentences | 'algorithm.failed'
type Values = Readonly<Record<string, string | number>>

/** One invalid field: its path (`input_data[1].text`), the rule that it breaks and the message's values. */
export type FieldProblem = { path: string; rule: IssueRule | keyof typeof sentences; values: Values }

/** An error for a caller: `{code, message, details}`. */
export type ProblemBody = { code: string; message: string; details: { issues?: Issue[] } }

const fieldSentence = ({ rule, values }: FieldProblem, language: Language): string =>
  isIssueRule(rule) ? issueSentence(rule, values, language) : filledIn(sentences[rule][language], values)

/** An error for the caller. The algorithm's own `words` replace the product's message. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly values: Values
  readonly fields: readonly FieldProblem[]
  readonly words: string | null
  /** Why an output cannot be used; fills `{reason}`. */
  readonly because: OutputReason | null

  constructor(
    code: ProblemCode,
    options: {
      values?: Values
      fields?: readonly FieldProblem[]
      words?: string
      because?: OutputReason
    } = {},
  ) {
    super(options.words ?? code)
    this.code = code
    this.values = options.values ?? {}
    this.fields = options.fields ?? []
    this.words = options.words ?? null
    this.because = options.because ?? null
  }

  /** The HTTP status if the whole request is answered with it. */
  get status(): number {
    return errorStatuses[this.code]
  }

  /** Returns `{code, message, details}` in a language. */
  body(language: Language): ProblemBody {
    const issues = this.fields.map((field) => ({ path: field.path, message: fieldSentence(field, language) }))
    const details = issues.length > 0 ? { issues } : {}
    return { code: this.code, message: this.#sentence(issues, language), details }
  }

  #sentence(issues: readonly Issue[], language: Language): string {
    if (this.words !== null) return this.words
    if (this.code === 'algorithm.failed') return ''
    const reason = this.because && { reason: outputReasonText(this.because, language) }
    return filledIn(sentences[this.code][language], {
      ...this.values,
      ...fieldValues(issues, language),
      ...reason,
    })
  }
}

/** The problem of an output that cannot be used: for a known reason, or for one in the words of a program. */
export const badOutput = (reason: OutputReason | string): Problem =>
  new Problem(
    'algorithm.bad_output',
    typeof reason === 'string' ? { values: { reason } } : { because: reason },
  )
