import { fieldValues, ruleSentence, type BrokenRule, type IssueRule } from '@vitrine/contract'
import { defineError, type AppError } from './errors.ts'
import type { Words } from './words.ts'

/** One field that breaks a rule; `path` as in `parameters.boxes[0].x`, empty for the whole body. */
type FieldIssue = { path: string; message: Words }

const invalidRequest = defineError<{ issues: FieldIssue[] }>({
  code: 'request.invalid',
  values: ({ issues }, language) =>
    fieldValues(
      issues.map(({ path, message }) => ({ path, message: message[language] })),
      language,
    ),
})

/** The largest number of issues in one answer. A body may have a million wrong fields. */
const mostIssues = 100

/** Broken rules in the form of the API, in every language. */
const issuesOf = (broken: readonly BrokenRule[]): FieldIssue[] =>
  broken.slice(0, mostIssues).map((one) => ({
    path: one.path,
    message: { zh: ruleSentence(one, 'zh'), en: ruleSentence(one, 'en') },
  }))

/** The error for input whose fields break rules. */
export const refusalOf = (broken: readonly BrokenRule[]): AppError =>
  invalidRequest({ issues: issuesOf(broken) })

/** The error for input in which one field breaks a rule. */
export const fieldRefusal = (path: string, rule: IssueRule, values: BrokenRule['values'] = {}): AppError =>
  refusalOf([{ path, rule, values }])

/** The error for fields of a form that it does not have. It says which ones it has, because a form is often written by hand. */
export const unknownInForm = (fields: readonly string[], known: readonly string[]): AppError =>
  refusalOf(
    fields.map((path) => ({ path, rule: 'field.unknown_in_form', values: { expected: known.join(', ') } })),
  )
