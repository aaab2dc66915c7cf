/**
 * The response headers of instances that a gateway removes or adds, so that an algorithm can affect only its
 * own address. All gateways use these lists.
 */

/**
 * Headers, in lower case, that no instance may send. They affect more than the address that sends them: browsers apply
 * some to every port of a host, and the others to everything at the public address.
 */
export const siteWideHeaders = [
  // Deletes cookies, storage and caches.
  'clear-site-data',
  // Lets a script take over pages outside its own folder.
  'service-worker-allowed',
  // Forbid plain HTTP, or other keys than the named ones, for all ports of a host.
  'strict-transport-security',
  'public-key-pins',
  // Sends later requests to another server.
  'alt-svc',
  // Create and report a session that is bound to the device. It uses cookies, which all ports of a host share.
  'secure-session-registration',
  'sec-session-registration',
  // Send reports about requests to a server of the algorithm.
  'nel',
  'report-to',
  'reporting-endpoints',
] as const

/**
 * Headers, in lower case, that affect a whole origin. An instance may send them at a front port, which is its own
 * origin, but not below the public address, where they would affect the platform.
 */
export const originWideHeaders = [
  // Opens a sign-in dialog in the name of the address.
  'www-authenticate',
  // States whether somebody is signed in there.
  'set-login',
  // Makes the browser decode later answers with a dictionary of the algorithm.
  'use-as-dictionary',
  // Ask the browser to send more about itself with every later request.
  'accept-ch',
  'critical-ch',
  // Decide about stored data of frames, and about the process of all pages of the address.
  'activate-storage-access',
  'origin-agent-cluster',
] as const

/**
 * Headers, in lower case, that an instance may not send below the public address either. No cookie is kept
 * there, because pages there have no access to cookies. The gateway itself sets the second header.
 */
export const publicAddressHeaders = ['set-cookie', 'x-content-type-options', ...originWideHeaders] as const

/**
 * The headers that every answer of an instance gets below the public address. The policy gives each document
 * an opaque origin, so its scripts cannot act as the platform. A policy of the algorithm itself is kept:
 * browsers enforce both.
 */
export const publicAddressAdditions = {
  'Content-Security-Policy': 'sandbox allow-scripts allow-forms allow-popups allow-downloads allow-modals',
  'X-Content-Type-Options': 'nosniff',
} as const
