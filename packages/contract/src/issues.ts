import type { z } from 'zod'
import type { Language } from './common.ts'
import { isIssueRule, type IssueRule } from './issue-rules.ts'
import { issueSentence } from './issue-sentence.ts'

/**
 * One field that breaks a rule, with the sentence for the caller. `path` is as in `parameters.boxes[0].x`,
 * empty for the whole value.
 */
export type Issue = { path: string; message: string }

/** One field that breaks a rule, as facts. {@link issueIn} makes the sentence. */
export type BrokenRule = { path: string; rule: IssueRule; values: Readonly<Record<string, string | number>> }

/** Returns the path of a field: names after a dot, list indexes in brackets. Pure. */
export const pathOf = (parts: readonly PropertyKey[]): string =>
  parts
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')

/** Joins a path and a path below it. Pure. */
export const pathBelow = (place: string, parts: readonly PropertyKey[]): string => {
  const inner = pathOf(parts)
  return place === '' || inner === '' || inner.startsWith('[') ? place + inner : `${place}.${inner}`
}

/** Returns the sentence of a rule in a language. Pure. */
export const ruleSentence = (
  broken: { rule: IssueRule; values: Readonly<Record<string, string | number>> },
  language: Language,
): string => issueSentence(broken.rule, broken.values, language)

/** Returns a broken rule in the reader's language. Pure. */
export const issueIn = (broken: BrokenRule, language: Language): Issue => ({
  path: broken.path,
  message: ruleSentence(broken, language),
})

type ZodIssue = z.core.$ZodIssue
type Facts = { rule: IssueRule; values?: BrokenRule['values'] }

const listed = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(', ')

/** Returns the rule for a size: the characters of a text, the items of a list, or a number. */
function sizeRule(issue: Extract<ZodIssue, { code: 'too_small' | 'too_big' }>): Facts {
  const isLow = issue.code === 'too_small'
  const values = { expected: Number(isLow ? issue.minimum : issue.maximum) }
  if (issue.origin === 'string') return { rule: isLow ? 'field.minLength' : 'field.maxLength', values }
  if (issue.origin === 'array' || issue.origin === 'set')
    return { rule: isLow ? 'field.minItems' : 'field.maxItems', values }
  if (issue.inclusive === false)
    return { rule: isLow ? 'field.exclusiveMinimum' : 'field.exclusiveMaximum', values }
  return { rule: isLow ? 'field.minimum' : 'field.maximum', values }
}

function formatRule(issue: Extract<ZodIssue, { code: 'invalid_format' }>): Facts {
  if (issue.format === 'uuid' || issue.format === 'guid') return { rule: 'field.uuid' }
  if (issue.format === 'datetime') return { rule: 'field.timestamp' }
  if (issue.format === 'regex' && issue.pattern !== undefined)
    return { rule: 'field.pattern', values: { expected: issue.pattern } }
  return { rule: 'field.format', values: { expected: issue.format } }
}

const typeNames: Readonly<Record<string, string>> = { record: 'object', int: 'integer', tuple: 'array' }
const typeName = ({ expected }: Extract<ZodIssue, { code: 'invalid_type' }>) =>
  typeNames[expected] ?? expected

/** The values that a check of our own gives its sentence. */
function ownValues(issue: ZodIssue): BrokenRule['values'] {
  const params: Record<string, unknown> = (issue.code === 'custom' && issue.params) || {}
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : [],
    ),
  )
}

function rulesOf(issue: ZodIssue): Facts {
  // Our own checks have the name of a rule as their message.
  if (isIssueRule(issue.message)) return { rule: issue.message, values: ownValues(issue) }
  switch (issue.code) {
    case 'invalid_type':
      return { rule: 'field.type', values: { expected: typeName(issue) } }
    case 'invalid_value':
      return { rule: 'field.enum', values: { expected: listed(issue.values) } }
    case 'too_small':
    case 'too_big':
      return sizeRule(issue)
    case 'invalid_format':
      return formatRule(issue)
    case 'not_multiple_of':
      return { rule: 'field.multipleOf', values: { expected: issue.divisor } }
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? { rule: 'field.enum', values: { expected: listed(issue.options) } }
        : { rule: 'field.invalid' }
    default:
      return { rule: 'field.invalid' }
  }
}

/**
 * Returns the broken rules of a union. If the value has the type of no alternative, this is its type.
 * Otherwise these are the rules of the alternative that it fits best, which breaks the fewest rules.
 */
function unionRules(errors: readonly ZodIssue[][], path: string): BrokenRule[] {
  const types = errors.flatMap(([first, ...more]) =>
    first?.code === 'invalid_type' && first.path.length === 0 && more.length === 0 ? [first] : [],
  )
  if (types.length === errors.length) {
    const expected = [...new Set(types.map(typeName))].join(', ')
    return [{ path, rule: 'field.type', values: { expected } }]
  }
  const isOfType = ([first]: ZodIssue[]) => !types.some((issue) => issue === first)
  const [closest = []] = errors.filter(isOfType).toSorted((a, b) => a.length - b.length)
  return brokenRules(closest, path)
}

/**
 * Converts zod issues to broken rules. It can only tell that a field is missing if zod was called with
 * `reportInput`. Pure.
 */
export function brokenRules(issues: readonly ZodIssue[], place = ''): BrokenRule[] {
  return issues.flatMap((issue): BrokenRule[] => {
    const path = pathBelow(place, issue.path)
    if ('input' in issue && issue.input === undefined && issue.path.length > 0)
      return [{ path, rule: 'field.required', values: {} }]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: pathBelow(path, [key]), rule: 'field.unknown', values: {} }))
    if (issue.code === 'invalid_key' || issue.code === 'invalid_element')
      return brokenRules(issue.issues, path)
    if (issue.code === 'invalid_union' && issue.errors.length > 0) return unionRules(issue.errors, path)
    const { rule, values = {} } = rulesOf(issue)
    return [{ path, rule, values }]
  })
}
