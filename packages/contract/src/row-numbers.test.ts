import { expect, test } from 'vitest'
import type { z } from 'zod'
import type { ApiEndpoint } from './endpoints/endpoint.ts'
import { endpoints } from './endpoints/index.ts'

const specs: Record<string, ApiEndpoint> = endpoints
const target = { service_id: 'echo', parameters: {} }

test.each<[route: string, part: 'params' | 'query' | 'body', given: (number: number) => object]>([
  ['GET /services/{id}/metrics', 'query', (number) => ({ replica: String(number) })],
  ['GET /services/logs/{id}', 'query', (number) => ({ replica: String(number) })],
  ['GET /showcase/{id}', 'query', (number) => ({ release: String(number) })],
  ['GET /services/{id}/releases/diff', 'query', (number) => ({ from: String(number), to: '1' })],
  ['GET /services/{id}/releases/build-log', 'query', (number) => ({ release: String(number) })],
  ['GET /algorithms/{id}/versions/{number}', 'params', (number) => ({ id: 'echo', number: String(number) })],
  ['POST /services/{id}/rollback', 'body', (number) => ({ release: number })],
  ['POST /services/{id}/presentation/restore', 'body', (number) => ({ number, revision: 1 })],
  ['POST /services/{id}/presentation/restore', 'body', (number) => ({ number: 1, revision: number })],
  ['DELETE /services/{id}/presentation/draft', 'query', (number) => ({ revision: String(number) })],
  [
    'POST /comparisons',
    'body',
    (number) => ({
      input: { input_data: ['a'] },
      targets: [
        { ...target, release: number },
        { ...target, release: 1 },
      ],
    }),
  ],
])(
  '%s refuses a number that the database cannot have, and takes the greatest that it can',
  (route, part, given) => {
    const schema: z.ZodType | undefined = specs[route]?.[part]
    const takes = (number: number) => schema?.safeParse(given(number)).success
    expect([2_147_483_647, 2_147_483_648, 9_007_199_254_740_991].map(takes)).toEqual([true, false, false])
  },
)
