/** How long all gateways wait for the other side of a connection. */

/**
 * Seconds after which a gateway closes an idle connection to an instance: shorter than the 5 s after which uvicorn and Node
 * close one, so they never close it during a request.
 */
export const idleConnectionS = 4
/** How long connecting to an instance or to the control plane may take, in milliseconds. */
export const connectMs = 5_000
/** After how long an idle connection of a client is closed, in milliseconds. */
export const idleClientMs = 75_000
/**
 * How long the head of a request may take to arrive, in milliseconds. Whoever sends it slower than any real network keeps a
 * connection for nothing.
 */
export const requestHeadMs = 20_000
/**
 * How long a client may take nothing of an answer that waits for it, in milliseconds, if its service has no longer
 * timeout. Then its connection is closed: otherwise it would hold the instance for ever.
 */
export const stalledClientMs = 60_000
