import { ref, watch, type Ref } from 'vue'
import { useUrlState } from '../../shared/use-url-state.ts'
import { askedReplica, wholeLog, type LogChoice } from './log-query.ts'

/**
 * The filter of a log. Its replica is in the address (`?replica=2`), because a link can open the log of one instance, also
 * where that of another one is open.
 */
export const useLogChoice = (): Ref<LogChoice> => {
  const inAddress = useUrlState('replica', 'all')
  const choice = ref<LogChoice>({ ...wholeLog(), replica: askedReplica(inAddress.value) })
  watch(inAddress, (asked) => {
    choice.value.replica = askedReplica(asked)
  })
  watch(
    () => choice.value.replica,
    (replica) => {
      if (replica !== askedReplica(inAddress.value)) inAddress.value = String(replica)
    },
  )
  return choice
}
