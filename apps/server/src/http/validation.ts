import type { FastifySchemaCompiler } from 'fastify'
import { brokenRules, ruleSentence, type BrokenRule } from '@vitrine/contract'
import type { z } from 'zod'
import type { AppError } from '../lib/errors.ts'
import { invalidRequest, type FieldIssue } from './http.errors.ts'

/** So many fields are named at most: a body may have a million that are wrong. */
const mostIssues = 100

/** Broken rules as the API tells them, in every language. */
const issuesOf = (broken: readonly BrokenRule[]): FieldIssue[] =>
  broken.slice(0, mostIssues).map((one) => ({
    path: one.path,
    message: { zh: ruleSentence(one, 'zh'), en: ruleSentence(one, 'en') },
  }))

/** The refusal of a request whose fields break rules. */
export const refusalOf = (broken: readonly BrokenRule[]): AppError =>
  invalidRequest({ issues: issuesOf(broken) })

/** What a schema makes of a value. Throws `request.invalid` with each wrong field. */
export function parseAs<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return parsed.data
  throw refusalOf(brokenRules(parsed.error.issues))
}

/** Checks what routes are given by the schemas of the contract. */
export const checkBySchema: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (value) => {
    const parsed = schema.safeParse(value, { reportInput: true })
    return parsed.success ? { value: parsed.data } : { error: refusalOf(brokenRules(parsed.error.issues)) }
  }
