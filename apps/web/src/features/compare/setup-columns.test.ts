import { describe, expect, test } from 'vitest'
import { formFields, type FormValues } from '../stage/schema-form.ts'
import { stageFixture } from '../stage/stage.fixture.ts'
import { columnsOf, columnValues, targetOf, variedValues, type SetupColumn } from './setup-columns.ts'

const fieldsOf = (properties: Record<string, Record<string, string | number | boolean | string[]>>) =>
  formFields({ type: 'object', properties })

const method = { enum: ['fast', 'slow'] }
const top = { type: 'integer', minimum: 1, maximum: 9, default: 3 }

test.each<[string, Parameters<typeof fieldsOf>[0], FormValues, FormValues[], FormValues]>([
  ['a choice goes on to the next', { method }, { method: 'fast' }, [{ method: 'fast' }], { method: 'slow' }],
  ['a switch is turned', { deep: { type: 'boolean' } }, { deep: false }, [{ deep: false }], { deep: true }],
  ['a range goes half-way to its far end', { top }, { top: 3 }, [{ top: 3 }], { top: 6 }],
  ['then to that end', { top }, { top: 3 }, [{ top: 3 }, { top: 6 }], { top: 9 }],
  ['then to its near end', { top }, { top: 3 }, [{ top: 3 }, { top: 6 }, { top: 9 }], { top: 1 }],
  [
    'a range near its top goes down',
    { level: { type: 'number', minimum: 0, maximum: 1, default: 0.9 } },
    { level: 0.9 },
    [{ level: 0.9 }, { level: 0.45 }],
    { level: 0 },
  ],
  ['the first of its kind keeps its values', { method }, { method: 'fast' }, [], { method: 'fast' }],
  [
    'what the person chose in another column is not repeated',
    { top },
    { top: 3 },
    [{ top: 3 }, { top: 9 }, { top: 6 }],
    { top: 1 },
  ],
  [
    'the next field is changed once the first has no other values',
    { method, top },
    { method: 'fast', top: 3 },
    [
      { method: 'fast', top: 3 },
      { method: 'slow', top: 3 },
    ],
    { method: 'fast', top: 6 },
  ],
  [
    'two fields are changed once one has no other values',
    { method, deep: { type: 'boolean' } },
    { method: 'fast', deep: false },
    [
      { method: 'fast', deep: false },
      { method: 'slow', deep: false },
      { method: 'fast', deep: true },
    ],
    { method: 'slow', deep: true },
  ],
  [
    'settings repeat where there are no others',
    { method },
    { method: 'fast' },
    [{ method: 'fast' }, { method: 'slow' }],
    { method: 'fast' },
  ],
  ['free text stays as it is', { a: { type: 'string' } }, { a: 'x' }, [{ a: 'x' }], { a: 'x' }],
])('%s', (_name, properties, values, taken, expected) => {
  expect(variedValues(fieldsOf(properties), values, taken)).toEqual(expected)
})

test('a column is sent without cleared parameters, and with a release only if one was chosen', () => {
  const column = { key: 0, serviceId: 'one', release: null, parameters: null }
  expect(targetOf(column, { a: 1, b: '' })).toEqual({ service_id: 'one', parameters: { a: 1 } })
  expect(targetOf({ ...column, release: 2 }, {})).toEqual({ service_id: 'one', parameters: {}, release: 2 })
})

test('an earlier comparison can be changed and run again', () => {
  const target = { service_id: 'one', release: 3, parameters: { a: 1 } }
  const cells = [{ target, run_id: null, status: 'failed' as const, error: null }]
  expect(columnsOf({ cells })).toEqual([{ key: 0, serviceId: 'one', release: 3, parameters: { a: 1 } }])
})

describe('a column of another release', () => {
  const share = (normal: number) =>
    stageFixture({
      parameters: {
        properties: { share: { type: 'number', minimum: 0, maximum: 100, default: normal } },
        additionalProperties: false,
      },
    })
  const [now, before] = [share(8), share(40)]
  const column = (change: Partial<SetupColumn>): SetupColumn => ({
    key: 0,
    serviceId: 'one',
    release: null,
    parameters: null,
    ...change,
  })

  test('has the defaults of its own release, without a variation', () => {
    const columns = [column({}), column({ key: 1, release: 1 })]
    expect(columnValues(columns, 0, now, {})).toEqual({ share: 8 })
    expect(columnValues(columns, 1, before, {})).toEqual({ share: 40 })
  })

  test('keeps what the person chose, and adds its own defaults', () => {
    expect(columnValues([column({ release: 1, parameters: { share: 5 } })], 0, before, {})).toEqual({
      share: 5,
    })
    expect(columnValues([column({ release: 1, parameters: {} })], 0, before, {})).toEqual({ share: 40 })
  })

  test('leaves out what its release does not have', () => {
    const renamed = column({ release: 1, parameters: { mode: 'fast', share: 5 } })
    expect(columnValues([renamed], 0, before, {})).toEqual({ share: 5 })
  })

  test('differs from each column before it, also from those that the person has set', () => {
    const columns = [
      column({}),
      column({ key: 1, parameters: { share: 54 } }),
      column({ key: 2 }),
      column({ key: 3 }),
    ]
    const values = columns.map((_, place) => columnValues(columns, place, now, {}).share)
    expect(values).toEqual([8, 54, 100, 0])
  })

  test('is varied only from the columns of the same release', () => {
    const columns = [column({}), column({ key: 1 })]
    expect(columnValues(columns, 1, now, {})).toEqual({ share: 54 })
  })
})
