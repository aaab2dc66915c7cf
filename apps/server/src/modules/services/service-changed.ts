import type { EndpointEvents } from '@vitrine/contract'

/** A service or one of its instances has changed, or the service was deleted. */
export type ServiceChanged = EndpointEvents<'GET /events'>['service']
