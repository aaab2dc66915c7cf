import { describe, expect, test } from 'vitest'
import { formFields } from '../stage/schema-form.ts'
import { stageFixture } from '../stage/stage.fixture.ts'
import { columnsOf, columnValues, targetOf, variedValues, type SetupColumn } from './setup-columns.ts'

const fieldsOf = (properties: Record<string, Record<string, string | number | boolean | string[]>>) =>
  formFields({ type: 'object', properties })

test.each([
  [
    'a choice goes on to the next',
    { method: { enum: ['fast', 'slow'] } },
    { method: 'fast' },
    1,
    { method: 'slow' },
  ],
  ['choices begin again', { method: { enum: ['fast', 'slow'] } }, { method: 'fast' }, 2, { method: 'fast' }],
  ['a switch is turned', { deep: { type: 'boolean' } }, { deep: false }, 1, { deep: true }],
  [
    'a range goes half-way to its far end, then to it',
    { top: { type: 'integer', minimum: 1, maximum: 9, default: 3 } },
    { top: 3 },
    1,
    { top: 6 },
  ],
  [
    'the second turn reaches the end',
    { top: { type: 'integer', minimum: 1, maximum: 9, default: 3 } },
    { top: 3 },
    2,
    { top: 9 },
  ],
  [
    'a range near its top goes down',
    { level: { type: 'number', minimum: 0, maximum: 1, default: 0.9 } },
    { level: 0.9 },
    2,
    { level: 0 },
  ],
  ['the first of its kind keeps its values', { a: { enum: ['x', 'y'] } }, { a: 'x' }, 0, { a: 'x' }],
  ['free text stays as it is', { a: { type: 'string' } }, { a: 'x' }, 1, { a: 'x' }],
])('%s', (_name, properties, values, turn, expected) => {
  expect(variedValues(fieldsOf(properties), values, turn)).toEqual(expected)
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

  test('is varied only from the columns of the same release', () => {
    const columns = [column({}), column({ key: 1 })]
    expect(columnValues(columns, 1, now, {})).toEqual({ share: 54 })
  })
})
