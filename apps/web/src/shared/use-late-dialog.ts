import { nextTick, ref } from 'vue'

/**
 * A dialog whose code is loaded when it is first opened: it exists once it is `wanted`, and a moment later it is `open`, as a dialog
 * that was there before would be.
 */
export const useLateDialog = () => {
  const wanted = ref(false)
  const open = ref(false)
  const show = async () => {
    wanted.value = true
    await nextTick()
    open.value = true
  }
  return { wanted, open, show }
}
