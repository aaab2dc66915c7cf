/**
 * The beginnings of the platform's paths after which the token of a share link stands, and which no log has: whoever reads it could open
 * the link. As a pattern that every gateway understands.
 */
export const linkTokenAfter = '/(?:s|api/v1/public/shares)/'
const linkToken = new RegExp(`^(${linkTokenAfter})[^/]+`)
/** What stands in a log in place of the token of a link. */
export const hiddenToken = '-'

/** A path of the platform as a log has it: without the token of a share link. Pure. */
export const loggedPath = (path: string): string => path.replace(linkToken, `$1${hiddenToken}`)
