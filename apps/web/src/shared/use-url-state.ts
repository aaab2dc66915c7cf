import { computed, type WritableComputedRef } from 'vue'
import {
  useRoute,
  useRouter,
  type LocationQuery,
  type RouteLocationNormalized,
  type Router,
} from 'vue-router'

/**
 * The query of an address with one changed value. A value equal to its default is left out, so that links
 * stay short.
 */
export const withQueryValue = (
  query: LocationQuery,
  name: string,
  value: string,
  defaultValue: string,
): LocationQuery => {
  const { [name]: _, ...rest } = query
  return value === defaultValue ? rest : { ...rest, [name]: value }
}

/** One value of the address's query, optionally from a list of allowed ones. Any other value reads as the default. */
export const queryValue = <Value extends string>(
  query: LocationQuery,
  name: string,
  defaultValue: Value,
  allowed?: readonly Value[],
): string => {
  const given = query[name]
  const value = typeof given === 'string' ? given : defaultValue
  return allowed === undefined || allowed.some((word) => word === value) ? value : defaultValue
}

/** The navigation in progress in a router. */
type UnderWay = {
  /** The query that a page will have when its newest change has arrived in the address. */
  coming: { path: string; query: LocationQuery } | null
  /** Where a navigation leads that has not ended. */
  navigation: RouteLocationNormalized | null
}
const underWay = new WeakMap<Router, UnderWay>()

const underWayIn = (router: Router): UnderWay => {
  const known = underWay.get(router)
  if (known) return known
  const made: UnderWay = { coming: null, navigation: null }
  underWay.set(router, made)
  const ended = (to: RouteLocationNormalized) => {
    if (made.navigation === to) made.navigation = null
  }
  router.beforeEach((to) => {
    made.navigation = to
  })
  router.afterEach(ended)
  router.onError((_error, to) => ended(to))
  return made
}

/**
 * Changes the query of the address and replaces its history entry. Of several navigations at once only the last one
 * happens, so each change is made to the query that the one before it asked for on this page, and none is made while another page
 * is being opened: it would stay closed.
 */
const changeQuery = (router: Router, change: (query: LocationQuery) => LocationQuery): void => {
  const now = underWayIn(router)
  const { path, query: shown, hash } = router.currentRoute.value
  if (now.navigation !== null && now.navigation.path !== path) return
  const coming = { path, query: change(now.coming?.path === path ? now.coming.query : shown) }
  now.coming = coming
  void router.replace({ query: coming.query, hash }).finally(() => {
    if (now.coming === coming) now.coming = null
  })
}

/**
 * State of a view in the address (`?q=…`), so that a link shows the same view. Several of them can be written at once.
 */
export const useUrlState = (
  name: string,
  defaultValue: string,
  allowed?: readonly string[],
): WritableComputedRef<string> => {
  const route = useRoute()
  const router = useRouter()
  underWayIn(router)
  return computed({
    get: () => queryValue(route.query, name, defaultValue, allowed),
    set: (value) => changeQuery(router, (query) => withQueryValue(query, name, value, defaultValue)),
  })
}

/** The page of a long list in the address, from 1. */
const useUrlPage = (): WritableComputedRef<number> => {
  const page = useUrlState('page', '1')
  return computed({
    get: () => Math.max(1, Number.parseInt(page.value, 10) || 1),
    set: (number) => (page.value = String(number)),
  })
}

/**
 * A filter of a long list in the address, with the page of the list: a new choice begins on the first page.
 */
export const useUrlFilter = <Name extends string>(
  names: readonly Name[],
  none: Readonly<Record<Name, string>>,
  allowed: { readonly [Each in Name]?: readonly string[] } = {},
) => {
  const route = useRoute()
  const router = useRouter()
  const page = useUrlPage()
  const filter = computed<Record<Name, string>>(() => {
    const read: Record<Name, string> = { ...none }
    for (const name of names) read[name] = queryValue<string>(route.query, name, none[name], allowed[name])
    return read
  })
  const set = (changes: Partial<Record<Name, string>>): void => {
    page.value = 1
    for (const name of names) {
      const value = changes[name]
      if (value !== undefined) changeQuery(router, (query) => withQueryValue(query, name, value, none[name]))
    }
  }
  return { filter, page, set }
}
