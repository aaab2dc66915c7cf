import { isLoopbackHost } from '@vitrine/contract/gateway-hosts'

/** Whether an address opens only on the machine of the platform, because its host is a loopback name or address. */
export const opensOnlyHere = (url: string): boolean => isLoopbackHost(new URL(url).host)
