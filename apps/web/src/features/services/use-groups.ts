import type { EndpointInput, Service } from '@vitrine/contract'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useI18n } from 'vue-i18n'
import { api } from '../../api/client.ts'
import { useSession } from '../session/session.ts'
import { useErrorText } from '../../shared/error-text.ts'

type GroupInput = EndpointInput<'POST /service-groups'>['body']
type List = { items: Service[]; total: number }

const groupsKey = ['service-groups']
/** How many services are moved at the same time. */
const movesAtOnce = 6

/** Groups of services, in their order. */
export const useGroups = () =>
  useQuery({
    queryKey: groupsKey,
    queryFn: ({ signal }) => api('GET /service-groups', {}, { signal }),
    enabled: () => useSession().mayEverywhere('services.read'),
  })

/**
 * Operations on groups. Creating and changing throw an ApiError for the form to show; the others show their
 * errors themselves.
 */
export const useGroupWork = () => {
  const { t } = useI18n()
  const queries = useQueryClient()
  const errorText = useErrorText()
  const refresh = () => queries.invalidateQueries({ queryKey: groupsKey })
  const refreshServices = () => queries.invalidateQueries({ queryKey: ['services', 'list'] })

  const create = async (body: GroupInput) => {
    const group = await api('POST /service-groups', { body })
    await refresh()
    return group
  }
  const change = async (id: string, body: GroupInput) => {
    await api('PATCH /service-groups/{id}', { params: { id }, body })
    await refresh()
  }
  const remove = async (id: string) => {
    await api('DELETE /service-groups/{id}', { params: { id } })
    await Promise.all([refresh(), refreshServices()])
  }
  const order = async (ids: string[]) => {
    try {
      queries.setQueryData(groupsKey, await api('PUT /service-groups/order', { body: { ids } }))
    } catch (error) {
      ElMessage.error(errorText(error))
    }
    // A reading that is under way may have begun before, and would bring the old order back.
    await refresh()
  }

  /**
   * Moves services to a group, or with null out of all groups. The page shows the result at once, and puts
   * back those that failed. Returns those that were moved, as they were before.
   */
  const move = async (services: readonly Service[], groupId: string | null): Promise<Service[]> => {
    const moved = services.filter((service) => service.may_own && service.group_id !== groupId)
    const ids = new Set(moved.map((service) => service.id))
    await queries.cancelQueries({ queryKey: ['services', 'list'] })
    queries.setQueriesData<List>(
      { queryKey: ['services', 'list'] },
      (list) =>
        list && {
          ...list,
          items: list.items.map((item) => (ids.has(item.id) ? { ...item, group_id: groupId } : item)),
        },
    )
    const waiting = [...ids]
    const failures = new Map<string, unknown>()
    const work = async () => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        const failed = id
        await api('PATCH /services/{id}', { params: { id }, body: { group_id: groupId } }).catch(
          (error: unknown) => failures.set(failed, error),
        )
      }
    }
    await Promise.all(Array.from({ length: movesAtOnce }, work))
    const [first] = failures.values()
    if (failures.size > 0)
      ElMessage.error(t('groups.not_moved', { count: failures.size, reason: errorText(first) }))
    await Promise.all([refresh(), refreshServices()])
    return moved.filter(({ id }) => !failures.has(id))
  }
  return { create, change, remove, order, move }
}
