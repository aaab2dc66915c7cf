import { describe, expect, test } from 'vitest'
import { chosenValues, formFields, initialValues, knownParameters, parametersOf } from './schema-form.ts'

const control = (property: Parameters<typeof formFields>[0]) =>
  formFields({ type: 'object', properties: { it: property } })[0]?.control

describe('a form made from a JSON Schema', () => {
  test('has one field for each property, ordered by x-order and then as written', () => {
    const fields = formFields({
      properties: { late: {}, second: { 'x-order': 2 }, later: {}, first: { 'x-order': 1 } },
    })
    expect(fields.map((field) => field.key)).toEqual(['first', 'second', 'late', 'later'])
  })

  test('takes title, description, default and required from the schema, with the key as the default title', () => {
    const fields = formFields({
      required: ['k'],
      properties: { k: { title: '个数', description: '返回几个', type: 'integer', default: 3 }, other: {} },
    })
    expect(fields[0]).toMatchObject({ title: '个数', description: '返回几个', default: 3, required: true })
    expect(fields[1]).toMatchObject({ title: 'other', required: false, default: undefined })
  })

  test('is empty for a schema without properties', () => {
    expect(formFields({})).toEqual([])
    expect(formFields({ properties: [] })).toEqual([])
  })

  test('shows a slider only for a number with two limits and a default', () => {
    const range = { type: 'number', minimum: 0, maximum: 1 }
    expect(control({ ...range, default: 0.5 })).toMatchObject({ slider: true, min: 0, max: 1, step: 0.01 })
    expect(control(range)).toMatchObject({ slider: false })
    expect(control({ type: 'number', minimum: 0, default: 1 })).toMatchObject({ slider: false, max: null })
    expect(control({ ...range, default: 0.5, 'x-widget': 'input' })).toMatchObject({ slider: false })
  })

  test('steps by multipleOf, by whole numbers, or by a hundredth of the range', () => {
    expect(control({ type: 'number', minimum: 0, maximum: 1, multipleOf: 0.05 })).toMatchObject({
      step: 0.05,
    })
    expect(control({ type: 'integer', minimum: 1, maximum: 5 })).toMatchObject({ step: 1, integer: true })
    expect(control({ type: 'number', minimum: 0, maximum: 300 })).toMatchObject({ step: 1 })
    expect(control({ type: 'number', minimum: 0, maximum: 30 })).toMatchObject({ step: 0.1 })
  })

  test('turns exclusive limits of an integer into the nearest allowed values', () => {
    expect(control({ type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 })).toMatchObject({
      min: 1,
      max: 9,
    })
  })

  test('shows a switch for a boolean, even if it may be null', () => {
    expect(control({ type: 'boolean' })).toEqual({ type: 'switch' })
    expect(control({ type: ['null', 'boolean'] })).toEqual({ type: 'switch' })
  })

  test('shows a few short choices side by side and others as a list', () => {
    expect(control({ enum: ['a', 'b'] })).toMatchObject({ type: 'options', segmented: true })
    expect(control({ enum: ['a', 'b', 'c', 'd'] })).toMatchObject({ segmented: false })
    expect(control({ enum: ['a', 'b'], 'x-widget': 'select' })).toMatchObject({ segmented: false })
    expect(control({ enum: ['a quite long choice', 'b'] })).toMatchObject({ segmented: false })
  })

  test('keeps the JSON values of choices and names them by oneOf titles or x-labels', () => {
    expect(control({ enum: [1, null, true] })).toMatchObject({
      options: [
        { value: 1, label: '1' },
        { value: null, label: 'null' },
        { value: true, label: 'true' },
      ],
    })
    expect(control({ oneOf: [{ const: 'fast', title: '快' }, { const: 'exact' }] })).toMatchObject({
      options: [
        { value: 'fast', label: '快' },
        { value: 'exact', label: 'exact' },
      ],
    })
    expect(control({ enum: ['zh', 'en'], 'x-labels': ['中文', 'English'] })).toMatchObject({
      options: [{ label: '中文' }, { label: 'English' }],
    })
  })

  test('edits a oneOf that is not a list of constants as JSON', () => {
    expect(control({ oneOf: [{ const: 1 }, { type: 'object' }] })).toEqual({ type: 'json' })
  })

  test('limits text in length, uses its widget, and edits values without a suitable control as JSON', () => {
    expect(control({ type: 'string', maxLength: 9 })).toEqual({
      type: 'text',
      multiline: false,
      maxLength: 9,
    })
    expect(control({ type: 'string', 'x-widget': 'textarea' })).toMatchObject({ multiline: true })
    expect(control({ type: 'array' })).toEqual({ type: 'json' })
    expect(control({})).toEqual({ type: 'json' })
  })
})

describe('the values of the form', () => {
  const fields = formFields({ properties: { a: { default: 1 }, b: { default: false }, c: {} } })

  test('start with the defaults, replaced by those of an example', () => {
    expect(initialValues(fields)).toEqual({ a: 1, b: false })
    expect(initialValues(fields, { a: 5, c: 'x' })).toEqual({ a: 5, b: false, c: 'x' })
  })

  test('are sent without cleared ones, but with those that are false, zero or null', () => {
    expect(parametersOf({ a: '', b: false, c: 0, d: null, e: 'x' })).toEqual({
      b: false,
      c: 0,
      d: null,
      e: 'x',
    })
  })

  test('are chosen if they differ from the defaults, also by being cleared', () => {
    expect(chosenValues(fields, { a: 1, b: true, c: 'x' })).toEqual({ b: true, c: 'x' })
    expect(chosenValues(fields, { a: '', b: false })).toEqual({ a: '' })
  })

  test('of an earlier run lose what a closed schema does not know any more', () => {
    const given = { a: 5, mode: 'fast' }
    const closed = { properties: { a: {} }, additionalProperties: false }
    expect(knownParameters(closed, given)).toEqual({ known: { a: 5 }, leftOut: ['mode'] })
    expect(knownParameters({ properties: { a: {} } }, given)).toEqual({ known: given, leftOut: [] })
  })
})
