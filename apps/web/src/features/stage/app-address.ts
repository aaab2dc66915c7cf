import type { AppPage } from '@vitrine/contract'

/** Where the page of a service is opened. `alone`: at an origin of its own, so that all its functions work. */
export type AppAddress = { url: string; alone: boolean }

const everywhere: ReadonlySet<string> = new Set(['', '0.0.0.0', '::'])
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.')

/** Whether a reader of this page most likely reaches a port that listens at an address. */
const reaches = (listens: string, here: string): boolean =>
  everywhere.has(listens) || listens === here || (isLoopback(listens) && isLoopback(here))

/**
 * The best address of a service's page for a reader of the page `here`: a host of its own, else its front port, else
 * below the platform's own address. The platform's sign-in does not count at a host of its own, and a page under HTTPS
 * may not show one without. The policy of the page cannot name an IPv6 address, so its other ports are not shown. Pure.
 */
export const appAddress = (
  page: Pick<AppPage, 'path' | 'own_url' | 'front' | 'auth'>,
  here: Pick<Location, 'protocol' | 'hostname' | 'origin'>,
): AppAddress => {
  const isSecure = here.protocol === 'https:'
  if (page.auth === 'public' && page.own_url !== null && (!isSecure || page.own_url.startsWith('https:')))
    return { url: page.own_url, alone: true }
  const isNameable = !here.hostname.startsWith('[')
  if (page.front !== null && !isSecure && isNameable && reaches(page.front.host, here.hostname))
    return { url: `http://${here.hostname}:${page.front.port}/`, alone: true }
  return { url: here.origin + page.path, alone: false }
}
