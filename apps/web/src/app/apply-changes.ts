import type { Service } from '@vitrine/contract'
import { most } from '@vitrine/contract/limits'
import type { QueryClient } from '@tanstack/vue-query'
import { api } from '../api/client.ts'
import type { Changes } from './change-collector.ts'

type List = { items: Service[]; total: number }

/**
 * A list with these services in their new state, and without those that are null. Services that are not in
 * the list are ignored.
 */
export const withServices = (
  list: List | undefined,
  changed: ReadonlyMap<string, Service | null>,
): List | undefined => {
  if (list === undefined || !list.items.some(({ id }) => changed.has(id))) return list
  const items = list.items.flatMap((item) => {
    const now = changed.get(item.id)
    return now === undefined ? [item] : (now ?? [])
  })
  return { items, total: list.total + items.length - list.items.length }
}

/** The current state of these services. Null for those that no longer exist. */
const readServices = async (changes: Changes): Promise<Map<string, Service | null>> => {
  const ids = [...changes].flatMap(([id, change]) => (change === 'deleted' ? [] : [id]))
  const { items } =
    ids.length === 0
      ? { items: [] }
      : await api('GET /services', { query: { ids: ids.join(','), page_size: most.serviceIds } })
  const found = new Map(items.map((service) => [service.id, service]))
  return new Map([...changes.keys()].map((id) => [id, found.get(id) ?? null]))
}

const listKey = ['services', 'list']

/**
 * Updates what the pages show of services after changes. Reads only the changed services, and the whole list
 * if more changed than one request can name.
 */
export const applyChanges = async (queries: QueryClient, changes: Changes): Promise<void> => {
  void queries.invalidateQueries({ queryKey: ['showcase'] })
  // Other data of these services: releases, history …
  void queries.invalidateQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] === 'services' && queryKey[1] !== 'list' && changes.has(String(queryKey[2])),
  })
  if (queries.getQueryCache().findAll({ queryKey: listKey, type: 'active' }).length === 0) {
    await queries.invalidateQueries({ queryKey: listKey })
    return
  }
  // A request that is already running may have begun before the change.
  const mayBeOld = queries.isFetching({ queryKey: listKey }) > 0
  if (changes.size > most.serviceIds || mayBeOld) {
    await queries.invalidateQueries({ queryKey: listKey })
    return
  }
  const changed = await readServices(changes)
  let isNew = false
  queries.setQueriesData<List>({ queryKey: listKey }, (list) => {
    const known = new Set(list?.items.map(({ id }) => id))
    isNew ||= [...changed].some(([id, service]) => service !== null && list !== undefined && !known.has(id))
    return withServices(list, changed)
  })
  if (isNew) await queries.invalidateQueries({ queryKey: listKey })
}
