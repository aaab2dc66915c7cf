import type { Credential } from './admission.ts'

/** A request in progress that was admitted with a credential. It may be a stream or a WebSocket. */
export type OpenRequest = {
  readonly credential: Credential | null
  readonly serviceId: string | null
  /** Ends it because its credential has been revoked. */
  revoke(): void
}

/** All requests in progress that were admitted with a credential. */
export type OpenRequests = Set<OpenRequest>
