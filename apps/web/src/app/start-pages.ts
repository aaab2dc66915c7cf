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

/** The pages of which somebody with these permissions can choose one. */
export const startPagesFor = (may: (permission: Permission) => boolean): StartPage[] =>
  startPages.filter((page) => may(pages[page].permission))

/** The page that somebody with these permissions sees first: the wanted one, or the first that they may see, if there is one. */
export const startPageOf = (
  wanted: unknown,
  may: (permission: Permission) => boolean,
): StartPage | undefined => {
  const allowed = startPagesFor(may)
  return allowed.find((page) => page === wanted) ?? allowed[0]
}
