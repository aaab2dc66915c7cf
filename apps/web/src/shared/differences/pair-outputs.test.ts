import type { Output } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { pairOutputs } from './pair-outputs.ts'

test('outputs are paired by kind and name, else by their order', () => {
  const output = (kind: string, name?: string): Output => ({ kind, data: 0, ...(name && { name }) })
  const pairs = pairOutputs(
    [output('number', 'a'), output('number', 'b'), output('text')],
    [output('number', 'b'), output('number', 'c'), output('table')],
  )
  expect(pairs.map(({ base, other }) => [base.name, other.name])).toEqual([
    ['b', 'b'],
    ['a', 'c'],
  ])
})
