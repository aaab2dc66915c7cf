import type { Service } from '@vitrine/contract'

/** The port that an instance listens on, or last listened on; 0 if it has none. */
export const instancePort = (instance: Pick<Service['instances'][number], 'endpoint'> | undefined): number =>
  instance?.endpoint && 'port' in instance.endpoint ? instance.endpoint.port : 0
