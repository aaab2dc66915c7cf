/** Where the build puts the scripts of the pages. */
const paths = ['/assets/', '/theme.js'] as const

const atAnyHost = paths.flatMap((path) => [`http://*:*${path}`, `https://*:*${path}`]).join(' ')

/**
 * A second policy for the pages, beside the one that limits them to this server: scripts come from the folder of the build
 * alone. The answers of algorithms below `/ai/` and files of people below `/api/` have the same origin, so with `'self'` alone any
 * of them would run if a page could be brought to insert a script. A policy can limit the path only together with a
 * host, and not every proxy tells which one the browser asked. So this policy names every host; a browser
 * obeys both, and what both allow is this folder on this server.
 */
export const scriptPolicy = `script-src ${atAnyHost}; worker-src ${atAnyHost} blob:`
