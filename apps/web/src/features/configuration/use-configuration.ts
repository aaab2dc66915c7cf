import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/vue-query'
import { most } from '@vitrine/contract/limits'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '../../api/client.ts'
import { namedBy, type Owner } from './config-draft.ts'

/** Revisions on a page of the history. */
export const revisionsPerPage = 20

/** What counts for each key of the platform or of a service, and why. */
export const useEffective = (owner: MaybeRefOrGetter<Owner>) => {
  const { locale } = useI18n()
  return useQuery({
    queryKey: ['configuration', 'effective', () => toValue(owner), locale],
    queryFn: ({ signal }) => api('GET /config/effective', { query: namedBy(toValue(owner)) }, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** A page of the changes of the platform's values or of a service's, of one key if `key` is not empty. */
export const useRevisions = (
  owner: Owner,
  { key, page }: { key: MaybeRefOrGetter<string>; page: MaybeRefOrGetter<number> },
) =>
  useQuery({
    queryKey: ['configuration', 'revisions', owner, () => toValue(key), () => toValue(page)],
    queryFn: ({ signal }) => {
      const query = { ...namedBy(owner), page: toValue(page), page_size: revisionsPerPage }
      return toValue(key) === ''
        ? api('GET /config/revisions', { query }, { signal })
        : api('GET /config/{key}/history', { params: { key: toValue(key) }, query }, { signal })
    },
    placeholderData: keepPreviousData,
  })

/** What differs between the values after two revisions. */
export const useComparison = (owner: Owner, of: () => { from: number; to: number }) =>
  useQuery({
    queryKey: ['configuration', 'comparison', owner, () => of().from, () => of().to],
    queryFn: ({ signal }) =>
      api('GET /config/compare', { query: { ...namedBy(owner), ...of() } }, { signal }),
  })

/** The keys that the last changes name, also those that have no value any more. */
export const useRevisedKeys = (owner: Owner) => {
  const query = useQuery({
    queryKey: ['configuration', 'revised-keys', owner],
    queryFn: ({ signal }) =>
      api('GET /config/revisions', { query: { ...namedBy(owner), page_size: most.pageSize } }, { signal }),
  })
  return computed(() => [
    ...new Set(query.data.value?.items.flatMap(({ changes }) => changes.map(({ key }) => key))),
  ])
}

/** One's own draft of the values of an owner, and which keys are in drafts of others. */
export const useStoredDraft = (owner: MaybeRefOrGetter<Owner>) =>
  useQuery({
    queryKey: ['configuration', 'draft', () => toValue(owner)],
    queryFn: ({ signal }) => api('GET /config/draft', { query: namedBy(toValue(owner)) }, { signal }),
  })

/** The other services to which this person may copy values, as far as one page of the list has them. */
export const useOtherServices = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['services', 'to-copy-to'],
    queryFn: ({ signal }) => api('GET /services', { query: { page_size: most.pageSize } }, { signal }),
    select: ({ items }) => items.filter((one) => one.may_own && one.id !== toValue(id)),
  })

/** What a copy of a service's values to others would change. */
export const useCopy = (from: MaybeRefOrGetter<string>, to: MaybeRefOrGetter<readonly string[]>) =>
  useQuery({
    queryKey: ['configuration', 'copy', () => toValue(from), () => [...toValue(to)]],
    queryFn: ({ signal }) => {
      const ids = toValue(to).join(',')
      const query = { from: toValue(from), ...(ids !== '' && { to: ids }) }
      return api('GET /config/copy', { query }, { signal })
    },
  })

/**
 * Returns a function that reads the configuration again after a change, and the services that it may have changed. It resolves
 * when the configuration is read: what was entered would else still be there a while after the page shows what was saved.
 */
export const useConfigurationChanged = (): (() => Promise<void>) => {
  const queries = useQueryClient()
  return () => {
    void queries.invalidateQueries({ queryKey: ['services'] })
    return queries.invalidateQueries({ queryKey: ['configuration'] })
  }
}
