import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectScope, nextTick, ref, shallowRef, type EffectScope } from 'vue'
import { useFollowedForm } from './use-followed-form.ts'

let scope: EffectScope
beforeEach(() => {
  scope = effectScope()
})
afterEach(() => scope.stop())

const opened = () => {
  const stored = shallowRef({ branch: 'main', approval: false, previews: 1 })
  const form = ref({ ...stored.value })
  const follower = scope.run(() => useFollowedForm(form, () => stored.value))
  if (follower === undefined) throw new Error('the scope has ended')
  return { stored, form, saved: follower.saved }
}

test('a form follows what somebody else stores, except in what the person has changed', async () => {
  const { stored, form } = opened()
  form.value.branch = 'mine'
  stored.value = { branch: 'theirs', approval: true, previews: 1 }
  await nextTick()
  expect(form.value).toEqual({ branch: 'mine', approval: true, previews: 1 })
  stored.value = { branch: 'mine', approval: true, previews: 3 }
  await nextTick()
  expect(form.value).toEqual({ branch: 'mine', approval: true, previews: 3 })
})

test('what is entered while a form is saved stays, also if it is what was stored before', async () => {
  const { stored, form, saved } = opened()
  form.value = { branch: 'dev', approval: true, previews: 5 }
  const sent = { ...form.value }
  form.value.branch = 'main'
  form.value.previews = 7
  const now = { branch: 'dev', approval: true, previews: 5 }
  stored.value = now
  saved(sent, now)
  await nextTick()
  expect(form.value).toEqual({ branch: 'main', approval: true, previews: 7 })
})

test('what the server makes of a sent value is shown', () => {
  const { form, saved } = opened()
  form.value.branch = ' dev '
  saved({ ...form.value }, { branch: 'dev', approval: false, previews: 1 })
  expect(form.value.branch).toBe('dev')
})
