import type { Credential } from './admission.ts'

/** A request in progress that was let in by a credential: also a stream or a WebSocket. */
export type OpenRequest = {
  readonly credential: Credential | null
  readonly serviceId: string | null
  /** Ends it because its credential has been revoked. */
  revoke(): void
}

/** Every request in progress that was let in by a credential. */
export type OpenRequests = Set<OpenRequest>
