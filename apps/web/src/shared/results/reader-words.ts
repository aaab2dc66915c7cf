import { sayWith, type Say } from '@vitrine/contract/result-words'
import {
  computed,
  inject,
  provide,
  toValue,
  type ComputedRef,
  type InjectionKey,
  type MaybeRefOrGetter,
} from 'vue'

type Words = Record<string, string>
const key: InjectionKey<ComputedRef<Say | undefined>> = Symbol('reader words')
const asWritten = computed(() => undefined)

/**
 * Says the texts of results below the calling component in the reader's language, with the words of the algorithms that
 * returned them. Returns what says them, for the component itself; undefined if there are no words.
 */
export const provideReaderWords = (
  algorithms: MaybeRefOrGetter<readonly { manifest: { result_words?: Words | undefined } }[]>,
): ComputedRef<Say | undefined> => {
  const words = computed(() =>
    toValue(algorithms).flatMap(({ manifest: { result_words: own } }) => (own ? [own] : [])),
  )
  const say = computed(() =>
    words.value.length > 0 ? sayWith(Object.assign({}, ...words.value)) : undefined,
  )
  provide(key, say)
  return say
}

/** What says the texts of results in the reader's language; undefined if they stay as they are. */
export const useReaderWords = (): ComputedRef<Say | undefined> => inject(key, asWritten)
