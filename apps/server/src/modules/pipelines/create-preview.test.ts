import { slug } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { requireChosenId } from '../../lib/chosen-id.errors.ts'
import { previewIds } from './create-preview.ts'

test('the id of a preview has the name of its branch, and stays short and distinct', () => {
  expect(previewIds('word-count', 'feature/新_Model-2')[0]).toBe('word-count--feature-model-2')
  const [only, ...others] = previewIds('a'.repeat(63), '新')
  expect([only?.length, others]).toEqual([63, []])
  expect(previewIds('a', '新')).not.toEqual(previewIds('a', '旧'))
})

test.each([
  ['a', '新'],
  ['a', 'x'.repeat(80)],
  ['a'.repeat(52), 'main-2'],
  [`${'a'.repeat(51)}-b`, 'x'],
  ['a'.repeat(63), 'feature/long'],
])('every id of a preview of %s for %s is one that nobody can choose', (serviceId, branch) => {
  for (const id of previewIds(serviceId, branch)) {
    expect(slug.safeParse(id).success).toBe(true)
    expect(() => requireChosenId(id, 'service_id')).toThrow('two hyphens')
  }
})

test('services whose long ids begin alike have different previews of a branch', () => {
  const [one, other] = ['b', 'c'].map((end) => previewIds(`${'a'.repeat(62)}${end}`, 'next'))
  expect(one).not.toEqual(other)
})
