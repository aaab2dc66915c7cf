/**
 * Matches the beginnings of the platform's paths that are followed by the token of a share link. No log may contain the
 * token, because a reader could open the link with it. Every gateway understands this pattern.
 */
export const linkTokenAfter = '/(?:s|api/v1/public/shares)/'
const linkToken = new RegExp(`^(${linkTokenAfter})[^/]+`)
/** The text that replaces the token of a link in a log. */
export const hiddenToken = '-'

/** A path of the platform for a log: without the token of a share link. Pure. */
export const loggedPath = (path: string): string => path.replace(linkToken, `$1${hiddenToken}`)
