import { useMutation } from '@tanstack/vue-query'
import { computed, reactive } from 'vue'
import { secretAnswer } from './secret-answer.ts'

/**
 * A form that makes a secret, for SecretDialog: `submit` makes it, and `answer` has it until `forget`, when the dialog has closed.
 * Then nothing stays: neither the secret nor what was typed, which `clear` removes.
 */
export const useSecretForm = <Answer>(how: {
  make: () => Promise<Answer>
  secretIn: (answer: Answer) => string
  onMade: (answer: Answer) => unknown
  clear: () => void
}) => {
  const making = useMutation({ ...secretAnswer, mutationFn: how.make, onSuccess: how.onMade })
  const secret = computed(() => (making.data.value === undefined ? null : how.secretIn(making.data.value)))
  const forget = () => {
    making.reset()
    how.clear()
  }
  return reactive({
    secret,
    busy: making.isPending,
    error: making.error,
    submit: () => making.mutate(),
    forget,
  })
}
/** What a form that makes a secret tells its dialog. */
export type SecretForm = Pick<
  ReturnType<typeof useSecretForm>,
  'secret' | 'busy' | 'error' | 'submit' | 'forget'
>
