import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, ApiError } from '../../api/client.ts'

/** Repositories on a page: Gitea gives no more at once. */
export const repositoriesPerPage = 30

const configKey = ['gitea', 'config'] as const

/** The settings of the Gitea server, and how it answered last. `isWanted`: for those who may not read them. */
export const useGiteaConfig = (isWanted: () => boolean = () => true) =>
  useQuery({
    queryKey: [...configKey],
    enabled: isWanted,
    queryFn: ({ signal }) => api('GET /gitea/config', {}, { signal }),
  })

/** Earlier settings, newest first. */
export const useGiteaHistory = () =>
  useQuery({
    queryKey: [...configKey, 'history'],
    queryFn: ({ signal }) => api('GET /gitea/config/history', { query: { page_size: 20 } }, { signal }),
  })

/** Returns a function that reads everything about the server again after a change. */
export const useGiteaChanged = (): (() => Promise<void>) => {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ['gitea'] })
}

/** Tests the saved settings. */
export const useGiteaTest = () => {
  const changed = useGiteaChanged()
  return useMutation({ mutationFn: () => api('GET /gitea/test-connection', {}), onSettled: changed })
}

/** One page of repositories whose name has `q`. A server that is not set up is not asked again. */
export const useRepositories = (
  q: MaybeRefOrGetter<string>,
  page: MaybeRefOrGetter<number>,
  isWanted: () => boolean = () => true,
) =>
  useQuery({
    enabled: isWanted,
    queryKey: ['gitea', 'repositories', () => toValue(q), () => toValue(page)],
    queryFn: ({ signal }) =>
      api(
        'GET /gitea/repos',
        { query: { q: toValue(q), page: toValue(page), page_size: repositoriesPerPage } },
        { signal },
      ),
    placeholderData: keepPreviousData,
    retry: (count, error) => !isNotSetUp(error) && count < 2,
  })

/** Whether an error says that no server is set up. */
export const isNotSetUp = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'gitea.not_configured'

/** The branches of a repository, the default one first. */
export const useBranches = (fullName: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['gitea', 'branches', () => toValue(fullName)],
    queryFn: ({ signal }) => {
      const [owner = '', name = ''] = toValue(fullName).split('/')
      return api('GET /gitea/repos/{owner}/{name}/branches', { params: { owner, name } }, { signal })
    },
  })
