import type { z } from 'zod'
import { invalidRequest } from './http.errors.ts'

/** A JSON body of a route that takes it beside something else, so that no schema of the route stands for it. Throws `request.invalid`. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: path.join('.') || '(body)',
    message,
  }))
  throw invalidRequest({ issues })
}
