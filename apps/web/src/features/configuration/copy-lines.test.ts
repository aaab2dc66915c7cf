import { expect, test } from 'vitest'
import { copyLines } from './copy-lines.ts'

const key = (name: string) => ({ key: name, secret: false, description: '' })
const change = (name: string, service_id: string, more: object) => ({
  key: name,
  service_id,
  type: 'service' as const,
  secret: false,
  before: null,
  after: null,
  is_new: false,
  ...more,
})

test('a copy is listed by key with its changes in each service, and keys without changes come last', () => {
  const lines = copyLines({
    keys: [key('custom.same'), key('env.A'), key('env.T')],
    changes: [
      change('env.A', 'two', { before: 'x', after: 'y' }),
      change('env.A', 'three', { before: 'y', after: 'y' }),
      change('env.T', 'two', { secret: true, is_new: true }),
    ],
    as_of: 3,
  })
  expect(lines.map((line) => [line.key, line.changes.map((one) => [one.key, one.kept, one.isNew])])).toEqual([
    [
      'env.A',
      [
        ['two', false, false],
        ['three', true, false],
      ],
    ],
    ['env.T', [['two', false, true]]],
    ['custom.same', []],
  ])
})
