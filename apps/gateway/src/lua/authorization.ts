import { bearerToken } from '@vitrine/contract/bearer-token'
import type * as njs from '../njs/authorization.ts'
import { createCache } from './cache.ts'

/** Anybody can send headers that are in no use, so few are remembered. A login token has some hundred characters. */
const tokens = createCache<string>({ most: 1_000, longest: 1_024 })

/** As in njs, but a header is read once: each of its characters that is looked at would be a new text. */
export const tokenIn: typeof njs.tokenIn = (authorization) => {
  if (authorization === undefined) return undefined
  const known = tokens.get(authorization)
  if (known !== undefined) return known
  const token = bearerToken(authorization)
  return token === undefined ? undefined : tokens.set(authorization, token)
}
