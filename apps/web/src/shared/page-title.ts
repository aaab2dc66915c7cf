import { onScopeDispose, shallowRef, toValue, watchEffect, type MaybeRefOrGetter } from 'vue'

/**
 * The title that a page has set for itself. Empty if the default title is enough. `alone` leaves out the
 * product's name.
 */
export const ownTitle = shallowRef<{ text: string; alone: boolean }>({ text: '', alone: false })

/** Sets the title of the browser tab while the calling page is shown. */
export const usePageTitle = (text: MaybeRefOrGetter<string>, { alone = false } = {}): void => {
  let mine = ownTitle.value
  watchEffect(() => {
    ownTitle.value = mine = { text: toValue(text), alone }
  })
  onScopeDispose(() => {
    // The next page may already have set its title.
    if (ownTitle.value === mine) ownTitle.value = { text: '', alone: false }
  })
}
