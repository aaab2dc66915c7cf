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

const key: InjectionKey<ComputedRef<Say | undefined>> = Symbol('reader words')
const asWritten = computed(() => undefined)

/** What says the texts of an algorithm's results in the reader's language; undefined if its package has no words. */
export const readerWordsOf = (
  algorithm: { manifest: { result_words?: Record<string, string> | undefined } } | undefined,
): Say | undefined => {
  const words = algorithm?.manifest.result_words
  return words && sayWith(words)
}

/** Says the texts of results below the calling component with the words of the algorithm that returned them. */
export const provideReaderWords = (say: MaybeRefOrGetter<Say | undefined>): void =>
  provide(
    key,
    computed(() => toValue(say)),
  )

/** What says the texts of results in the reader's language; undefined if they stay as they are. */
export const useReaderWords = (): ComputedRef<Say | undefined> => inject(key, asWritten)
