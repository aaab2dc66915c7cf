import {
  cookieNamePrefixes,
  cookiePrefix,
  secureSessionCookie,
  sessionCookie,
} from '@vitrine/contract/gateway-names'

const isOurs = (cookie: string): boolean =>
  cookie.startsWith(cookiePrefix) ||
  cookieNamePrefixes.some((prefix) => cookie.startsWith(`${prefix}${cookiePrefix}`))

/** Removes our own cookies, so an instance never sees a session. Undefined if none is left. */
export function withoutOurCookies(cookie: string): string | undefined {
  if (!cookie.includes(cookiePrefix)) return cookie
  const left = cookie.split(';').filter((part) => !isOurs(part.trim()))
  return left.length === 0 ? undefined : left.join(';').trim()
}

/**
 * Whether a `Set-Cookie` value could set one of our cookies. Any mention of our prefix counts: browsers ignore
 * spaces before a name, and send a cookie without a name as its value alone, which may look like `name=value`.
 */
export const setsOurCookie = (value: string): boolean => value.includes(cookiePrefix)

/**
 * Returns the value of a cookie. Undefined if it is absent or occurs several times. A script on another port of the
 * host can set the same cookie for a longer path, which browsers send first, and nobody can tell which of them is ours.
 */
function cookieValue(cookie: string | undefined, name: string): string | undefined {
  let found: string | undefined
  for (const part of cookie?.split(';') ?? []) {
    const equals = part.indexOf('=')
    if (equals <= 0 || part.slice(0, equals).trim() !== name) continue
    if (found !== undefined) return undefined
    found = part.slice(equals + 1).trim()
  }
  return found
}

/**
 * Returns the token of the session cookie. Under HTTPS only the `__Host-` cookie is used, which plain HTTP cannot set.
 */
export const sessionIn = (cookie: string | undefined, scheme: string | undefined): string | undefined =>
  cookieValue(cookie, scheme === 'https' ? secureSessionCookie : sessionCookie)
