import { isIssueRule, issueSentences, type IssueRule } from '@vitrine/contract/issue-rules'
import type { Issue, Language } from '@vitrine/contract'
import messages from '../../python/vitrine_runtime/messages.json' with { type: 'json' }

export type { Language } from '@vitrine/contract'

/** Sentences that both runtimes say; those of fields are the contract's. */
type MessageKey = keyof typeof messages | IssueRule
type Values = Readonly<Record<string, string | number>>

/** One wrong field: its path (`input_data[1].text`), the rule that it breaks and the message's values. */
export type FieldProblem = { path: string; rule: MessageKey; values: Values }

/** What a caller is told: `{code, message, details}`. */
export type ProblemBody = { code: string; message: string; details: { issues?: Issue[] } }

function textOf(key: MessageKey, language: Language, values: Values): string {
  const sentences = isIssueRule(key) ? issueSentences[key] : messages[key]
  return sentences[language].replace(/\{\{(\w+)\}\}|\{(\w+)\}/g, (_, literal?: string, name?: string) =>
    literal === undefined ? String(values[name ?? ''] ?? '') : `{${literal}}`,
  )
}

/** Something that the caller is told. A `words` of the algorithm's own stands in the place of the product's message. */
export class Problem extends Error {
  readonly code: MessageKey | 'algorithm.failed'
  readonly values: Values
  readonly fields: readonly FieldProblem[]
  readonly words: string | null

  constructor(
    code: MessageKey | 'algorithm.failed',
    options: { values?: Values; fields?: readonly FieldProblem[]; words?: string } = {},
  ) {
    super(options.words ?? code)
    this.code = code
    this.values = options.values ?? {}
    this.fields = options.fields ?? []
    this.words = options.words ?? null
  }

  /** `{code, message, details}` in a language. */
  body(language: Language): ProblemBody {
    const message =
      this.words ?? (this.code === 'algorithm.failed' ? '' : textOf(this.code, language, this.values))
    const issues = this.fields.map(({ path, rule, values }) => ({
      path,
      message: textOf(rule, language, values),
    }))
    return { code: this.code, message, details: issues.length > 0 ? { issues } : {} }
  }
}
