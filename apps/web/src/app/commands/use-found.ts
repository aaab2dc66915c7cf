import { useQuery } from '@tanstack/vue-query'
import { refDebounced } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { api } from '../../api/client.ts'
import { useSession } from '../../features/session/session.ts'
import type { Command } from './commands.ts'

const searchAfterMs = 200
const mostFound = 8

/** What the server finds by name beside services: algorithms, comparisons and demo data that the person may see. */
export const useFound = (text: Ref<string>): Ref<Command[]> => {
  const router = useRouter()
  const session = useSession()
  const q = refDebounced(
    computed(() => text.value.trim()),
    searchAfterMs,
  )
  const query = () => ({ query: { q: q.value, page_size: mostFound } })
  const isAsked = () => q.value !== ''
  const algorithms = useQuery({
    queryKey: ['algorithms', 'found', q],
    queryFn: ({ signal }) => api('GET /algorithms', query(), { signal }),
    enabled: () => isAsked() && session.may('algorithms.read'),
  })
  const comparisons = useQuery({
    queryKey: ['comparisons', 'found', q],
    queryFn: ({ signal }) => api('GET /comparisons', query(), { signal }),
    enabled: () => isAsked() && session.may('runs.read'),
  })
  const assets = useQuery({
    queryKey: ['assets', 'found', q],
    queryFn: ({ signal }) => api('GET /assets', query(), { signal }),
    enabled: () => isAsked() && session.may('assets.read'),
  })
  return computed(() => [
    ...(algorithms.data.value?.items ?? []).map(({ id, name }): Command => {
      const run = () => router.push(`/algorithms/${id}`)
      return { id: `algorithm ${id}`, group: 'algorithm', title: name, hint: id, run }
    }),
    ...(comparisons.data.value?.items ?? []).map(({ id, title }): Command => {
      const run = () => router.push(`/compare/${id}`)
      return { id: `comparison ${id}`, group: 'comparison', title, run }
    }),
    ...(assets.data.value?.items ?? []).map(({ id, name }): Command => {
      const run = () => router.push({ path: '/library', query: { q: name, asset: id } })
      return { id: `asset ${id}`, group: 'asset', title: name, run }
    }),
  ])
}
