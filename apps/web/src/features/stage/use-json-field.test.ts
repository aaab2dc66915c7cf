import type { Json } from '@vitrine/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { useJsonField } from './use-json-field.ts'

let scope: EffectScope
beforeEach(() => {
  scope = effectScope()
})
afterEach(() => scope.stop())

const opened = (first: Json | undefined) => {
  const value = shallowRef(first)
  const field = scope.run(() =>
    useJsonField(
      () => value.value,
      (next) => (value.value = next),
    ),
  )
  if (field === undefined) throw new Error('the scope has ended')
  return { value, field, shown: () => [field.text.value, field.problem.value === null] }
}

test('a text that is no JSON leaves the value as it is, and says so', async () => {
  const { value, field, shown } = opened([1])
  field.write('[1, 2')
  await nextTick()
  expect([value.value, ...shown()]).toEqual([[1], '[1, 2', false])
})

test('a text stays as it was typed', async () => {
  const { value, field, shown } = opened(undefined)
  field.write('{ "a": 1 }')
  await nextTick()
  expect([value.value, ...shown()]).toEqual([{ a: 1 }, '{ "a": 1 }', true])
  field.write(' ')
  await nextTick()
  expect([value.value, ...shown()]).toEqual([undefined, ' ', true])
})

test('the value of another demo input replaces a wrong text and its problem', async () => {
  const { value, field, shown } = opened([1])
  field.write('[2]')
  await nextTick()
  field.write('[2')
  value.value = [1]
  await nextTick()
  expect(shown()).toEqual(['[1]', true])
  value.value = [2]
  await nextTick()
  expect(shown()).toEqual(['[2]', true])
})
