import {
  computed,
  inject,
  onScopeDispose,
  provide,
  shallowRef,
  type ComputedRef,
  type InjectionKey,
} from 'vue'

/** What must be waited for or corrected before a form can be run: its input, by the kind, or its parameters. */
export type NotReady = 'text' | 'media' | 'json' | 'parameters'

type Part = ComputedRef<NotReady | null>
const key: InjectionKey<{ add: (part: Part) => () => void }> = Symbol('readiness')

/**
 * What keeps the form of the calling component from being run, or null. The fields below it say so themselves, and only while
 * they are on the page: a field that was replaced by another one keeps nobody from running.
 */
export const provideReadiness = (): ComputedRef<NotReady | null> => {
  const parts = shallowRef<readonly Part[]>([])
  provide(key, {
    add: (part) => {
      parts.value = [...parts.value, part]
      return () => {
        parts.value = parts.value.filter((other) => other !== part)
      }
    },
  })
  return computed(() => parts.value.find(({ value }) => value !== null)?.value ?? null)
}

/** Says for a field what keeps the form above it from being run. */
export const useReadiness = (notReady: () => NotReady | null): void => {
  const remove = inject(key, null)?.add(computed(notReady))
  if (remove !== undefined) onScopeDispose(remove)
}
