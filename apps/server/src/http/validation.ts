import type { FastifySchemaCompiler } from 'fastify'
import { brokenRules, ruleSentence, type BrokenRule } from '@vitrine/contract'
import type { z } from 'zod'
import type { AppError } from '../lib/errors.ts'
import { invalidRequest, type FieldIssue } from './http.errors.ts'

/** The largest number of issues in one answer. A body may have a million wrong fields. */
const mostIssues = 100

/** Broken rules in the form of the API, in every language. */
const issuesOf = (broken: readonly BrokenRule[]): FieldIssue[] =>
  broken.slice(0, mostIssues).map((one) => ({
    path: one.path,
    message: { zh: ruleSentence(one, 'zh'), en: ruleSentence(one, 'en') },
  }))

/** The error for a request whose fields break rules. */
export const refusalOf = (broken: readonly BrokenRule[]): AppError =>
  invalidRequest({ issues: issuesOf(broken) })

/** Parses a value with a schema. Throws `request.invalid` with each wrong field. */
export function parseAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  throw refusalOf(brokenRules(parsed.error.issues))
}

/** Validates the input of routes with the schemas of the contract. */
export const checkBySchema: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (value) => {
    const parsed = schema.safeParse(value, { reportInput: true })
    return parsed.success ? { value: parsed.data } : { error: refusalOf(brokenRules(parsed.error.issues)) }
  }
