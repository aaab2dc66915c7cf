import { expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints } from './index.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The places in a JSON schema of objects that take fields which they do not name. Records name none. */
function openObjects(schema: unknown, at = 'body'): string[] {
  if (Array.isArray(schema)) return schema.flatMap((part, index) => openObjects(part, `${at}.${index}`))
  if (!isObject(schema)) return []
  const isOpen = isObject(schema.properties) && schema.additionalProperties !== false
  const parts = Object.entries(schema).flatMap(([key, part]) => openObjects(part, `${at}.${key}`))
  return isOpen ? [at, ...parts] : parts
}

const bodies = Object.entries(endpoints).flatMap(([route, endpoint]) =>
  'body' in endpoint ? [{ route, body: endpoint.body }] : [],
)

// A limit or a right with a misspelt name would be none.
test.each(bodies)('$route refuses fields that it does not know', ({ body }) => {
  expect(openObjects(z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' }))).toEqual([])
})

test('a field that a body does not know is named in the refusal', () => {
  const { error } = endpoints['POST /auth/login'].body.safeParse({ misspelt: 1 })
  expect(error?.issues).toContainEqual(
    expect.objectContaining({ code: 'unrecognized_keys', keys: ['misspelt'] }),
  )
})
