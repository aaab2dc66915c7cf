import type { Service } from '@vitrine/contract'
import type { QueryClient } from '@tanstack/vue-query'
import { api, ApiError } from '../api/client.ts'
import type { Changes } from './change-collector.ts'

/** Above so many changed services, one reading of the list is less work than reading each. */
const readOneByOne = 6

type List = { items: Service[]; total: number }

/** A list with a service as it is now, or without it where it is null. A service that is not in the list leaves it as it is. */
export const withService = (
  list: List | undefined,
  id: string,
  service: Service | null,
): List | undefined => {
  const place = list?.items.findIndex((item) => item.id === id) ?? -1
  if (list === undefined || place < 0) return list
  if (service !== null) return { ...list, items: list.items.with(place, service) }
  return { items: list.items.toSpliced(place, 1), total: list.total - 1 }
}

const readService = async (id: string): Promise<Service | null> => {
  try {
    return await api('GET /services/{id}', { params: { id } })
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}

const listKey = ['services', 'list']

/** Shows services as they are now after these changes: reads what changed, and the whole list only where that is less work. */
export const applyChanges = async (queries: QueryClient, changes: Changes): Promise<void> => {
  void queries.invalidateQueries({ queryKey: ['showcase'] })
  // What else is shown of these services: releases, history …
  void queries.invalidateQueries({
    predicate: ({ queryKey }) =>
      queryKey[0] === 'services' && queryKey[1] !== 'list' && changes.has(String(queryKey[2])),
  })
  if (queries.getQueryCache().findAll({ queryKey: listKey, type: 'active' }).length === 0) {
    await queries.invalidateQueries({ queryKey: listKey })
    return
  }
  // A reading that is under way may have begun before the change.
  const mayBeOld = queries.isFetching({ queryKey: listKey }) > 0
  if (changes.size > readOneByOne || mayBeOld) {
    await queries.invalidateQueries({ queryKey: listKey })
    return
  }
  let isNew = false
  await Promise.all(
    [...changes].map(async ([id, change]) => {
      const service = change === 'deleted' ? null : await readService(id)
      queries.setQueriesData<List>({ queryKey: listKey }, (list) => {
        isNew ||= service !== null && list !== undefined && !list.items.some((item) => item.id === id)
        return withService(list, id, service)
      })
    }),
  )
  if (isNew) await queries.invalidateQueries({ queryKey: listKey })
}
