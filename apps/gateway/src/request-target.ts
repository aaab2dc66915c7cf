import { hasDotSegments } from './dot-segments.ts'

const origin = /^https?:\/\/[^/?#]*/i

/**
 * A percent sign in the path that encodes nothing (RFC 3986, section 2.1), or an encoded zero byte. Servers
 * read these in different ways.
 */
const brokenEncoding = /^[^?%]*(?:%(?!00)[0-9a-f]{2}[^?%]*)*%(?:00|(?![0-9a-f]{2}))/i

/** Removes scheme and authority of an absolute request target (RFC 9112, section 3.2.2). Pure. */
export function withoutOrigin(url: string): string {
  if (!origin.test(url)) return url
  const rest = url.replace(origin, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}

/**
 * Returns the path and query of a request target, also of an absolute one. Null for other forms, and for a path with broken
 * encoding or dot segments. Pure.
 */
export function targetOf(url: string): string | null {
  if (brokenEncoding.test(url) || hasDotSegments(url)) return null
  const target = withoutOrigin(url)
  return target.startsWith('/') ? target : null
}
