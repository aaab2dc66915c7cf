import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

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

/**
 * State of a view in the address (`?q=…`), so that a link shows the same view. Replaces the history entry
 * instead of adding one.
 */
export const useUrlState = (
  name: string,
  defaultValue: string,
  allowed?: readonly string[],
): WritableComputedRef<string> => {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => queryValue(route.query, name, defaultValue, allowed),
    set: (value) =>
      void router.replace({
        query: withQueryValue(route.query, name, value, defaultValue),
        hash: route.hash,
      }),
  })
}
