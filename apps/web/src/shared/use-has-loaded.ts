import { readonly, ref, watch, type Ref } from 'vue'

/** Becomes true as soon as the page has rendered once without waiting, and stays true. */
export const useHasLoaded = (isWaiting: () => boolean): Readonly<Ref<boolean>> => {
  const settled = ref(false)
  watch(
    isWaiting,
    (now) => {
      if (!now) settled.value = true
    },
    { immediate: true, flush: 'post' },
  )
  return readonly(settled)
}
