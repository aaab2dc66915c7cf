import { watch, type Ref } from 'vue'

/** What `now` has, except where `form` differs from `before`. Pure. */
export function followed<Form extends object>(form: Form, before: Form, now: Form): Form {
  const result = { ...now }
  const keep = <Key extends keyof Form>(key: Key) => {
    if (form[key] !== before[key]) result[key] = form[key]
  }
  for (const key in form) keep(key)
  return result
}

/**
 * Keeps a form in step with what is `stored` while it is open: what the person has not touched follows what others store. A
 * stale value would look like a change of this person, and would be saved over the newer one. `saved` is told what was sent and
 * what is stored since: what was entered while it was saved stays.
 */
export const useFollowedForm = <Form extends object>(
  form: Ref<Form>,
  stored: () => Form,
): { saved: (sent: Form, now: Form) => void } => {
  let before = stored()
  const follow = (now: Form, from: Form) => {
    form.value = followed(form.value, from, now)
    before = now
  }
  watch(stored, (now) => follow(now, before))
  return { saved: (sent, now) => follow(now, sent) }
}
