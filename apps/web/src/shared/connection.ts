import { useOnline, useTimeoutFn } from '@vueuse/core'
import { computed, inject, provide, readonly, ref, watch, type InjectionKey, type Ref } from 'vue'
import type { StreamState } from '../api/events.ts'

/**
 * Whether what a page shows follows the server. `lost`: the server does not answer, and the page tries again by itself.
 * `offline`: moreover, the browser says that it has no network.
 */
export type Connection = {
  state: Readonly<Ref<'live' | 'lost' | 'offline'>>
  /** When the page was last up to date, if it is not. */
  since: Readonly<Ref<Date | null>>
}

const key: InjectionKey<Connection> = Symbol('connection to the server')

/** A server that is away for less than this, in milliseconds, is not reported. */
const shortMs = 4_000

/**
 * Derives the connection from a stream of events. A browser without a network is only believed if the stream is broken too,
 * because the server may be on the same machine.
 */
export const connectionOf = (stream: Readonly<Ref<StreamState>>): Connection => {
  const online = useOnline()
  const isAway = ref(false)
  const since = ref<Date | null>(null)
  const { start, stop, isPending } = useTimeoutFn(() => (isAway.value = true), shortMs, { immediate: false })
  watch(
    [stream, online],
    ([now, hasNetwork]) => {
      if (now === 'open') {
        stop()
        isAway.value = false
        since.value = null
      } else if (now === 'waiting') {
        since.value ??= new Date()
        if (!hasNetwork) isAway.value = true
        else if (!isAway.value && !isPending.value) start()
      }
    },
    { immediate: true, flush: 'sync' },
  )
  const state = computed(() => {
    if (!isAway.value) return 'live'
    return online.value ? 'lost' : 'offline'
  })
  return { state, since: readonly(since) }
}

/** Derives the connection of a page from its stream of events, for the page and all its parts. */
export const provideConnection = (stream: Readonly<Ref<StreamState>>): Connection => {
  const connection = connectionOf(stream)
  provide(key, connection)
  return connection
}

/** The connection of the page. A page without its own stream knows only what the browser reports. */
export const useConnection = (): Connection =>
  inject(
    key,
    () => {
      const online = useOnline()
      return { state: computed(() => (online.value ? 'live' : 'offline')), since: ref(null) }
    },
    true,
  )
