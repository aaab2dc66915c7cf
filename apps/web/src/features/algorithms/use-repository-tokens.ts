import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api } from '../../api/client.ts'
import { secretAnswer } from '../../shared/secret-answer.ts'

const keyOf = (id: MaybeRefOrGetter<string>) => ['algorithms', () => toValue(id), 'repository-tokens']

/** The tokens of an algorithm's git repository. */
export const useRepositoryTokens = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: keyOf(id),
    queryFn: ({ signal }) => api('GET /algorithms/{id}/tokens', { params: { id: toValue(id) } }, { signal }),
  })

/** Creates a token. Its answer alone contains it. */
export const useNewRepositoryToken = (id: MaybeRefOrGetter<string>) => {
  const queries = useQueryClient()
  return useMutation({
    ...secretAnswer,
    mutationFn: (body: { name: string; may_write: boolean; expires_at: string | null }) =>
      api('POST /algorithms/{id}/tokens', { params: { id: toValue(id) }, body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['algorithms'] }),
  })
}

/** Returns a function that revokes a token. */
export const useRevokeRepositoryToken = (id: MaybeRefOrGetter<string>) => {
  const queries = useQueryClient()
  return async (tokenId: string): Promise<void> => {
    await api('DELETE /algorithms/{id}/tokens/{token_id}', { params: { id: toValue(id), token_id: tokenId } })
    await queries.invalidateQueries({ queryKey: ['algorithms'] })
  }
}
