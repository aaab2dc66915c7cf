import { expect, test } from 'vitest'
import { endpoints } from './index.ts'

/** Requests that open something for others or store it. In these, a limit with a misspelt name would not be one. */
const strict = [
  'POST /api-keys',
  'PATCH /api-keys/{id}',
  'POST /shares',
  'PATCH /shares/{id}',
  'POST /invites',
  'POST /users',
  'PATCH /users/{id}',
  'POST /runs',
  'POST /comparisons',
  'POST /services/deploy',
  'POST /public/shares/{token}/runs',
] as const

test.each(strict)('%s refuses a field that it does not know, with its name', (route) => {
  const { error } = endpoints[route].body.safeParse({ misspelt: 1 })
  expect(error?.issues).toContainEqual(
    expect.objectContaining({ code: 'unrecognized_keys', keys: ['misspelt'] }),
  )
})
