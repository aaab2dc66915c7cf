import type { TcpEndpoint } from '@vitrine/contract'
import type { StoredRelease } from '../releases/releases.repository.ts'
import type { AskedOfService } from '../releases/releases.tables.ts'
import type { StoredService } from '../services/services.repository.ts'
import type { ServiceOptions } from '../services/services.tables.ts'

/**
 * The options that were requested with a release and take effect when it serves. Empty for a release that has served already, because
 * a rollback restores only what runs. Pure.
 */
export const askedWith = ({
  status,
  serviceChange,
}: Pick<StoredRelease, 'status' | 'serviceChange'>): AskedOfService =>
  status === 'deploying' ? serviceChange : {}

/** The options of a service after a request. Pure. */
export const optionsWith = (options: ServiceOptions, asked: AskedOfService): ServiceOptions => ({
  ...options,
  ...(asked.frontHost !== undefined && { frontHost: asked.frontHost }),
  ...(asked.timeoutS !== undefined && { timeoutS: asked.timeoutS }),
  ...(asked.network !== undefined && { network: asked.network }),
})

/** Where the gateway listens for a service at its own port. Null if it has none. Pure. */
export const listensAt = ({
  frontPort: port,
  options,
}: Pick<StoredService, 'frontPort' | 'options'>): TcpEndpoint | null =>
  port === null ? null : { host: options.frontHost, port }
