import type { EndpointInput, ServiceGrant, ServiceRight } from '@vitrine/contract'
import { roles } from '@vitrine/contract/choices'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '../../api/client.ts'

type Wanted = EndpointInput<'PUT /service-groups/{id}/grants'>['body']

/** What a group grants people, and how that is changed. Changes throw an ApiError for the dialog to show. */
export const useGrants = (groupId: MaybeRefOrGetter<string>) => {
  const queries = useQueryClient()
  const queryKey = computed(() => ['service-groups', toValue(groupId), 'grants'])
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      api('GET /service-groups/{id}/grants', { params: { id: toValue(groupId) } }, { signal }),
  })
  const refresh = () => queries.invalidateQueries({ queryKey: queryKey.value })
  const put = async (body: Wanted) => {
    await api('PUT /service-groups/{id}/grants', { params: { id: toValue(groupId) }, body })
    await refresh()
  }
  const take = async ({ id }: ServiceGrant) => {
    await api('DELETE /service-groups/{id}/grants/{grant_id}', {
      params: { id: toValue(groupId), grant_id: id },
    })
    await refresh()
  }
  return { query, put, take }
}

/** Who may do what with a service. */
export const useServiceAccess = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: computed(() => ['services', 'access', toValue(id)]),
    queryFn: ({ signal }) => api('GET /services/{id}/access', { params: { id: toValue(id) } }, { signal }),
  })

/** Names who has a right: a person by their name, and a role in words. */
export const useHolderName = () => {
  const { t } = useI18n()
  return ({ holder, holder_name: name }: Pick<ServiceRight, 'holder' | 'holder_name'>): string => {
    if (holder === 'user') return name
    const builtIn = holder === 'role' ? roles.find((role) => role === name) : undefined
    return t('grants.everybody', { role: builtIn === undefined ? name : t(`app.role.${builtIn}`) })
  }
}
