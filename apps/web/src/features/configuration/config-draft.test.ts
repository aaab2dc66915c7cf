import type { EffectiveConfig, Json } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import {
  afterSave,
  changeOf,
  draftOf,
  durationMs,
  isChanged,
  isEditable,
  isForAdministrators,
  keepsSecret,
  newDraft,
  readDraft,
} from './config-draft.ts'
import { groupsOf } from './config-groups.ts'
import { effectiveConfig as item } from './effective-config.fixture.ts'

describe('a value that is being entered', () => {
  test('is no change before anything is written, and is sent with the revision that was read', () => {
    const days = item('runs.keep_days', { kind: 'integer', value: 90 })
    const draft = draftOf(days, null)
    expect(isChanged(draft, days, null)).toBe(false)
    expect(isChanged({ ...draft, text: '30' }, days, null)).toBe(true)
    expect(changeOf({ ...draft, text: '30' }, null)).toEqual({
      key: 'runs.keep_days',
      value: 30,
      base_revision: 7,
    })
  })

  test('is finished when it is saved, and continues from the saved value if more was written in the meantime', () => {
    const sent = { ...draftOf(item('custom.a', { value: 'x' }), null), text: 'y' }
    expect(afterSave({ ...sent }, sent, 8)).toBeNull()
    expect(afterSave({ ...sent, text: 'yz' }, sent, 8)).toMatchObject({ text: 'yz', base: 8 })
    // Every value was so already: no revision was made.
    expect(afterSave({ ...sent, text: 'yz' }, sent, null)).toMatchObject({ text: 'yz', base: 7 })
    const removed = { ...sent, unset: true }
    expect(afterSave(sent, removed, 8)).toMatchObject({ text: 'y', base: 0 })
    const added = newDraft('custom.b', 'text')
    expect(afterSave({ ...added, text: 'z' }, added, 8)).toMatchObject({ base: 8, added: false })
  })

  test('of a service starts from none if what counts is the platform’s', () => {
    const draft = draftOf(item('env.A', { value: 'x' }), 'told')
    expect(changeOf({ ...draft, text: 'y' }, 'told')).toMatchObject({
      service_id: 'told',
      key: 'env.A',
      value: 'y',
      base_revision: 0,
    })
  })

  test.each([
    [
      'a number out of its range',
      { ...newDraft('runs.keep_per_service', 'number'), text: '0' },
      'field.minimum',
    ],
    ['a word for a number', { ...newDraft('runs.keep_per_service', 'number'), text: 'x' }, 'field.type'],
    [
      'a number with a fraction for a whole one',
      { ...newDraft('runs.keep_per_service', 'number'), text: '1.5' },
      'field.type',
    ],
    ['no number', newDraft('custom.n', 'number'), 'field.required'],
    ['broken JSON', { ...newDraft('custom.j', 'json'), text: '{' }, 'field.json'],
    ['an empty secret', { ...newDraft('env.S', 'text'), secret: true }, 'field.required'],
  ])('is told what is wrong: %s', (_, draft, rule) => {
    expect(readDraft(draft)).toMatchObject({ problem: { rule } })
    expect(changeOf(draft, null)).toBeNull()
  })

  test.each([
    [{ ...newDraft('custom.n', 'number'), text: '0' }, 0],
    [newDraft('custom.b', 'switch'), false],
    [newDraft('env.A', 'text'), ''],
    [{ ...newDraft('custom.j', 'json'), text: '{"a":[1]}' }, { a: [1] }],
  ])('can be 0, false, an empty text and JSON', (draft, value) => {
    expect(readDraft(draft)).toEqual({ value })
  })

  test.each([
    ['service.timeout', 'quantity', '5m', 300],
    ['service.timeout', 'quantity', '45', 45],
    ['logs.max_mb', 'quantity', '1GB', 1_024],
    ['containers.base_images', 'list', 'python=a:1\nnode=b:2\n', ['python=a:1', 'node=b:2']],
    ['service.rate_limit', 'json', '{"requests":5,"window_s":1}', { requests: 5, window_s: 1 }],
  ] as const)(
    'of %s can be written as a person would, and is sent as it is stored: %j',
    (key, editor, text, value) => {
      expect(changeOf({ ...newDraft(key, editor), text }, null)).toMatchObject({ key, value })
    },
  )

  test.each([
    ['service.timeout', 'quantity', 'soon', 'field.duration', ''],
    ['service.timeout', 'quantity', '2d', 'field.between', ''],
    ['service.timeout', 'quantity', '', 'field.required', ''],
    ['containers.base_images', 'list', 'python=a:1\nnode', 'field.base_images', '[1]'],
    ['service.rate_limit', 'json', '{"requests":0,"window_s":1}', 'field.minimum', 'requests'],
    ['service.rate_limit', 'json', '{"requests":1,"window_s":1,"x":1}', 'field.unknown', 'x'],
  ] as const)('of %s is told what is wrong and where: %s %j', (key, editor, text, rule, path) => {
    expect(readDraft({ ...newDraft(key, editor), text })).toMatchObject({ problem: { rule, path } })
  })

  test('starts from what is stored, with its unit, and one entry on each line', () => {
    const started = (key: string, kind: EffectiveConfig['kind'], value: Json) => {
      const of = item(key, { kind, value })
      const draft = draftOf(of, null)
      expect(isChanged(draft, of, null)).toBe(false)
      return [draft.editor, draft.text]
    }
    expect(started('service.timeout', 'duration', 300)).toEqual(['quantity', '5m'])
    expect(started('logs.max_mb', 'size', 10)).toEqual(['quantity', '10MB'])
    expect(started('containers.base_images', 'list', ['a=b', 'c=d'])).toEqual(['list', 'a=b\nc=d'])
    expect(started('service.rate_limit', 'schema', { requests: 1, window_s: 2 })[0]).toBe('json')
  })

  test('of a secret stays as it is until it is written anew', () => {
    const secret = item('env.S', { secret: true })
    const draft = draftOf(secret, null)
    expect(isChanged(draft, secret, null)).toBe(false)
    expect(changeOf({ ...draft, text: 'new' }, null)).toMatchObject({ value: 'new', secret: true })
  })

  test('of a secret can be described anew without its value', () => {
    const draft = { ...draftOf(item('env.S', { secret: true }), null), description: 'for the models' }
    expect(keepsSecret(draft)).toBe(true)
    expect(changeOf(draft, null)).toEqual({
      key: 'env.S',
      base_revision: 7,
      secret: true,
      description: 'for the models',
    })
  })

  test.each([
    ['a secret that is to be shown', item('env.S', { secret: true, type: 'service' }), { secret: false }],
    ['a secret of all services', item('env.S', { secret: true }), { description: 'of this service' }],
  ])('of %s has to be written', (_, secret, change) => {
    const draft = { ...draftOf(secret, 'told'), ...change }
    expect(keepsSecret(draft)).toBe(false)
    expect(readDraft(draft)).toMatchObject({ problem: { rule: 'field.required' } })
    expect(changeOf(draft, 'told')).toBeNull()
  })

  test('is not offered where the environment or the settings of the service decide', () => {
    expect(isEditable(item('runs.keep_days', { source: 'environment' }), null)).toBe(false)
    expect(isEditable(item('service.timeout', { type: 'service' }), 'told')).toBe(false)
    expect(isEditable(item('service.timeout'), null)).toBe(true)
    expect(isEditable(item('env.A'), 'told')).toBe(true)
  })

  test('is for administrators alone where it takes effect for everybody', () => {
    expect(
      ['env.A', 'media.allow_urls', 'runs.keep_days', 'app.name'].map((key) =>
        isForAdministrators(key, null),
      ),
    ).toEqual([true, true, true, false])
    expect(isForAdministrators('env.A', 'told')).toBe(false)
  })
})

test('keys are grouped by their first word: variables first, and of these the declared ones without a value', () => {
  const items = [
    item('custom.a'),
    item('env.A'),
    item('env.B', { declared: true }),
    item('env.C', { declared: true, is_set: false }),
    item('runs.keep_days', { title: '保留天数' }),
  ]
  expect(groupsOf(items, '').map(({ name, items: of }) => [name, of.map(({ key }) => key)])).toEqual([
    ['env', ['env.C', 'env.B', 'env.A']],
    ['runs', ['runs.keep_days']],
    ['custom', ['custom.a']],
  ])
  expect(groupsOf(items, '天数').flatMap(({ items: of }) => of.map(({ key }) => key))).toEqual([
    'runs.keep_days',
  ])
})

test('a value that is a duration is known in milliseconds, and no other value', () => {
  expect(durationMs('service.timeout', 60)).toBe(60_000)
  expect(durationMs('runs.keep_days', 90)).toBe(90 * 86_400_000)
  expect([durationMs('service.timeout', 'soon'), durationMs('custom.a', 60)]).toEqual([null, null])
})
