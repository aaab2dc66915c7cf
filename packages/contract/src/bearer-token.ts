const scheme = 'bearer'
const isBlank = (character: string): boolean => character === ' ' || character === '\t'

/**
 * Returns the token of a header `Authorization: Bearer <token>` (RFC 9110, section 11.4; RFC 6750): the scheme in any
 * case, one or more spaces, one token. Undefined if there is no such header, or if it has another scheme and so is
 * meant for another program, such as a proxy in front. Empty if there is not exactly one token; no credential is empty,
 * so this is refused like a wrong one. The gateways and the control plane all read the header here, also in Lua, which
 * has no regular expressions.
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return undefined
  let end = authorization.length
  while (end > scheme.length && isBlank(authorization.charAt(end - 1))) end -= 1
  let start = scheme.length
  while (start < end && authorization.charAt(start) === ' ') start += 1
  const token = authorization.slice(start, end)
  if (start === scheme.length && token !== '' && !isBlank(token.charAt(0))) return undefined
  return token.includes(' ') || token.includes('\t') ? '' : token
}
