import { expect, test } from 'vitest'
import { takeRootKept } from './root-kept.ts'

test('why root was kept is taken from the environment, so that nothing else gets it', () => {
  const why = { zh: '没有账户', en: 'there is no account' }
  const env = { VITRINE_ROOT_KEPT: JSON.stringify(why), VITRINE_ROOT: 'keep' }
  expect(takeRootKept(env)).toEqual(why)
  expect(env).toEqual({ VITRINE_ROOT: 'keep' })
})

test.each([undefined, '', 'by hand', '{"zh":1}'])('%j says no reason', (VITRINE_ROOT_KEPT) =>
  expect(takeRootKept({ VITRINE_ROOT_KEPT })).toBeNull(),
)
