/**
 * Matches the beginnings of the platform's paths that are followed by the token of a share link. No log may contain the
 * token, because a reader could open the link with it. Every gateway understands this pattern.
 */
export const linkTokenAfter = '/+(?:s|api/+v1/+public/+shares)/+'
const linkToken = new RegExp(`^(${linkTokenAfter})[^/]+`)
/** In a path with dot segments, which leads nowhere, any segment may be the one before a token. */
const anywhere = /\/(?:s|shares)\/+/
const dotSegment = /\/\.{1,2}(?:\/|$)/
/** What stands in a log in place of the token of a link. */
export const hiddenToken = '-'

/** Each encoded byte of a path as a character. Unlike `decodeURIComponent`, it takes broken encodings, which are logged as well. */
const decoded = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/**
 * A path of the platform as a log has it: without the token of a share link. Characters of a path may be encoded (`/%73/…`), so what
 * looks unusual is decoded first; of such a path to a link, nothing that follows is kept. Pure.
 */
export function loggedPath(path: string): string {
  if (!/%|\/\./.test(path)) return path.replace(linkToken, `$1${hiddenToken}`)
  const plain = decoded(path)
  if (dotSegment.test(plain)) {
    const before = anywhere.exec(plain)
    return before ? `${before[0]}${hiddenToken}` : path
  }
  const link = linkToken.exec(plain)
  return link ? `${link[1]}${hiddenToken}` : path
}
