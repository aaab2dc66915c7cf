/**
 * The response headers of instances that a gateway removes or adds, so that an algorithm can affect only its
 * own address. All gateways use these lists.
 */

/**
 * Headers, in lower case, that no instance may send. They act on more than the address they come from:
 * browsers apply some to every port of a host, and the others to everything at the public address.
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
  // Make and state a session that is bound to the device, by cookies, which all ports of a host share.
  'secure-session-registration',
  'sec-session-registration',
  // Send reports about requests to a server of the algorithm.
  'nel',
  'report-to',
  'reporting-endpoints',
] as const

/**
 * Headers, in lower case, that act on a whole origin. An instance may send them at a front port, which is an origin of its
 * own, but not below the public address, where they would act on the platform.
 */
export const originWideHeaders = [
  // Opens a sign-in dialog in the name of the address.
  'www-authenticate',
  // States whether somebody is signed in there.
  'set-login',
  // Has later answers be decoded with a dictionary of the algorithm.
  'use-as-dictionary',
  // Ask for more about the browser, with every later request.
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
