import type { FastifySchemaCompiler } from 'fastify'
import { brokenRules } from '@vitrine/contract'
import type { z } from 'zod'
import { refusalOf } from '../lib/invalid-request.errors.ts'

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
