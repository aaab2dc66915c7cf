import type { Permission, Share } from '@vitrine/contract'
import { useQuery } from '@tanstack/vue-query'
import { refDebounced } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter, type RouteLocationRaw } from 'vue-router'
import { api } from '../../api/client.ts'
import { useSession } from '../../features/session/session.ts'
import { useShareNames } from '../../features/shares/use-share-names.ts'
import { taskKey } from '../../features/tasks/use-task.ts'
import type { Command, CommandGroup } from './commands.ts'

const searchAfterMs = 200
const mostFound = 8
/** Tasks have no names, so this many of the newest ones are searched by their kind and service. */
const tasksSearched = 100

/** `share` is set for a link. If the link has no title, it is named after what it shows. */
type Found = { id: string; title: string; hint?: string; to: RouteLocationRaw; share?: Share }
type Asked = { query: { q: string; page_size: number } }
type Source = {
  group: CommandGroup
  /** The noun of the route, which is also the first part of its cache key. */
  noun: string
  permission: Permission
  read: (asked: Asked, signal: AbortSignal) => Promise<Found[]>
}

/** The things that the server finds by name. Each source is one request. */
const sources: readonly Source[] = [
  {
    group: 'algorithm',
    noun: 'algorithms',
    permission: 'algorithms.read',
    read: async (asked, signal) =>
      (await api('GET /algorithms', asked, { signal })).items.map(({ id, name }) => ({
        id,
        title: name,
        hint: id,
        to: `/algorithms/${id}`,
      })),
  },
  {
    group: 'comparison',
    noun: 'comparisons',
    permission: 'runs.read',
    read: async (asked, signal) =>
      (await api('GET /comparisons', asked, { signal })).items.map(({ id, title }) => ({
        id,
        title,
        to: `/compare/${id}`,
      })),
  },
  {
    group: 'share',
    noun: 'shares',
    permission: 'shares.write',
    read: async (asked, signal) =>
      (await api('GET /shares', asked, { signal })).items.map((share) => ({
        id: share.id,
        title: share.title,
        hint: share.target_id,
        to: { path: '/shares', query: { target: share.target_id } },
        share,
      })),
  },
  {
    group: 'asset',
    noun: 'assets',
    permission: 'assets.read',
    read: async (asked, signal) =>
      (await api('GET /assets', asked, { signal })).items.map(({ id, name }) => ({
        id,
        title: name,
        to: { path: '/library', query: { q: name, asset: id } },
      })),
  },
  {
    group: 'model',
    noun: 'models',
    permission: 'algorithms.read',
    read: async (asked, signal) =>
      (await api('GET /models', asked, { signal })).items.map(({ id, name }) => ({
        id,
        title: name,
        to: { path: '/models', query: { q: name } },
      })),
  },
  {
    group: 'user',
    noun: 'users',
    permission: 'users.manage',
    read: async (asked, signal) =>
      (await api('GET /users', asked, { signal })).items.map(({ id, username }) => ({
        id,
        title: username,
        to: '/settings?tab=users',
      })),
  },
  {
    group: 'key',
    noun: 'api-keys',
    permission: 'api_keys.own',
    read: async (asked, signal) =>
      (await api('GET /api-keys', asked, { signal })).items.map(({ id, name, prefix }) => ({
        id,
        title: name,
        hint: prefix,
        to: '/settings?tab=keys',
      })),
  },
]

/**
 * Everything that can be found by name, except services, as far as the person may see it: from algorithms to users and
 * tasks. `serviceName` gives the name of a service.
 */
export const useFound = (text: Ref<string>, serviceName: (id: string) => string): Ref<Command[]> => {
  const { t } = useI18n()
  const router = useRouter()
  const session = useSession()
  const q = refDebounced(
    computed(() => text.value.trim()),
    searchAfterMs,
  )
  const isAsked = () => q.value !== ''
  const shares = useShareNames(() => isAsked() && session.may('shares.write'))
  const commandOf = (group: CommandGroup, { id, title, hint, to, share }: Found): Command => ({
    id: `${group} ${id}`,
    group,
    title: share === undefined ? title : shares.nameOf(share),
    ...(hint !== undefined && { hint }),
    run: () => router.push(to),
  })
  const answers = sources.map(({ group, noun, permission, read }) => {
    const { data } = useQuery({
      queryKey: [noun, 'found', q],
      queryFn: ({ signal }) => read({ query: { q: q.value, page_size: mostFound } }, signal),
      enabled: () => isAsked() && session.may(permission),
    })
    return computed(() => (data.value ?? []).map((found) => commandOf(group, found)))
  })
  const tasks = useQuery({
    queryKey: ['tasks', 'named'],
    queryFn: ({ signal }) => api('GET /tasks', { query: { page_size: tasksSearched } }, { signal }),
    enabled: () => isAsked() && session.may('tasks.read'),
    staleTime: 10_000,
  })
  return computed(() => [
    ...answers.flatMap((answer) => answer.value),
    ...(tasks.data.value?.items ?? []).map((task) => {
      const kind = t(taskKey(task))
      const { service_id: id } = task
      const title = id === null ? kind : `${kind} · ${serviceName(id)}`
      const hint = [id, t(`tasks.states.${task.state}`)].filter((part) => part !== null).join(' · ')
      return commandOf('task', { id: task.id, title, hint, to: `/deploy/tasks/${task.id}` })
    }),
  ])
}
