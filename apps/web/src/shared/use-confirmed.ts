import { useMutation } from '@tanstack/vue-query'
import { reactive, ref, shallowRef } from 'vue'

/**
 * A confirmation before an action on an item, for ConfirmDialog: `ask` opens it and `confirm` runs the
 * action. It closes on success, and stays open with `error` after a failure.
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
