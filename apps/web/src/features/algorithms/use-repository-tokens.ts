import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'

const keyOf = (id: MaybeRefOrGetter<string>) => ['algorithms', () => toValue(id), 'repository-tokens']

/** The tokens of an algorithm's git repository. */
export const useRepositoryTokens = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: keyOf(id),
    queryFn: ({ signal }) => api('GET /algorithms/{id}/tokens', { params: { id: toValue(id) } }, { signal }),
  })

/** Returns a function that revokes a token. */
export const useRevokeRepositoryToken = (id: MaybeRefOrGetter<string>) => {
  const queries = useQueryClient()
  return async (tokenId: string): Promise<void> => {
    await api('DELETE /algorithms/{id}/tokens/{token_id}', { params: { id: toValue(id), token_id: tokenId } })
    await queries.invalidateQueries({ queryKey: ['algorithms'] })
  }
}
