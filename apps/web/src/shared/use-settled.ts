import { readonly, ref, watch, type Ref } from 'vue'

/** Becomes true, and stays it, as soon as the page has rendered once without waiting. */
export const useSettled = (isWaiting: () => boolean): Readonly<Ref<boolean>> => {
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
