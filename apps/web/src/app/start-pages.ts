import type { Permission } from '@vitrine/contract'
import { startPages } from '@vitrine/contract/choices'

/** A page that a person can choose to see first. */
type StartPage = (typeof startPages)[number]

const pages = {
  showcase: { path: '/', permission: 'showcase.read' },
  services: { path: '/services', permission: 'services.read' },
  library: { path: '/library', permission: 'assets.read' },
  calls: { path: '/calls', permission: 'calls.read' },
} as const satisfies Record<StartPage, { path: string; permission: Permission }>

/** The address of a page that can be seen first. */
export const pathOf = (page: StartPage): string => pages[page].path

/** The pages from which a person with these permissions can choose. */
export const startPagesFor = (may: (permission: Permission) => boolean): StartPage[] =>
  startPages.filter((page) => may(pages[page].permission))

/**
 * The first page for a person with these permissions: the preferred one, or the first one that they may see. Null if
 * there is none.
 */
export const startPageOf = (
  wanted: unknown,
  may: (permission: Permission) => boolean,
): StartPage | undefined => {
  const allowed = startPagesFor(may)
  return allowed.find((page) => page === wanted) ?? allowed[0]
}
