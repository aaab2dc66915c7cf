/** A service or one of its instances has changed, or the service was deleted. */
export type ServiceChanged = { service_id: string; change: 'changed' | 'deleted' }
