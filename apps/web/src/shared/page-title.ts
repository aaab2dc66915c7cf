import { onScopeDispose, shallowRef, toValue, watchEffect, type MaybeRefOrGetter } from 'vue'

/** A title that a page has given itself; empty where its kind says enough. `alone` leaves the product's name out. */
export const ownTitle = shallowRef<{ text: string; alone: boolean }>({ text: '', alone: false })

/** Titles the browser's tab by what the calling page shows, for as long as it is there. */
export const usePageTitle = (text: MaybeRefOrGetter<string>, { alone = false } = {}): void => {
  let mine = ownTitle.value
  watchEffect(() => {
    ownTitle.value = mine = { text: toValue(text), alone }
  })
  onScopeDispose(() => {
    // The next page may have titled itself already.
    if (ownTitle.value === mine) ownTitle.value = { text: '', alone: false }
  })
}
