import { useMutation } from '@tanstack/vue-query'
import { reactive, ref, shallowRef } from 'vue'

/**
 * A question before something is done to an item: `ask` opens it, `confirm` does it. It closes when that is done, and stays
 * with `error` where it fails. Made for ConfirmDialog.
 */
export const useConfirmed = <Item>(act: (item: Item) => Promise<unknown>) => {
  const asked = shallowRef<Item | null>(null)
  const open = ref(false)
  const work = useMutation({
    mutationFn: act,
    onSuccess: () => {
      open.value = false
    },
  })
  const ask = (item: Item) => {
    work.reset()
    asked.value = item
    open.value = true
  }
  const confirm = () => {
    if (asked.value !== null) work.mutate(asked.value)
  }
  return reactive({ asked, open, ask, confirm, busy: work.isPending, error: work.error })
}
