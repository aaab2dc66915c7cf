import { expect, test } from 'vitest'
import { containerChoiceOf, keepEntered, optionsFor, serviceConfigOf } from './options.ts'

const found = { id: 'ai-algorithm', name: 'ai_algorithm' }

test('the form begins with what was found', () => {
  const from = { id: 'title', name: 'docstring' } as const
  expect(optionsFor({ id: 'sentiment', name: 'Sentiment' }, from)).toEqual({
    id: 'sentiment',
    name: 'Sentiment',
    port: null,
    env: {},
    inContainer: false,
  })
})

test('a meaningless name is not used, so the person must enter the id and the title', () => {
  const from = { id: 'placeholder', name: 'placeholder' } as const
  expect(optionsFor(found, from)).toEqual({ id: '', name: '', port: null, env: {}, inContainer: false })
})

test('other files keep the entered values, and new proposals fill the rest', () => {
  const before = { id: 'app', name: 'App', port: null, env: {}, inContainer: false }
  const now = { id: 'other', name: 'Other', port: null, env: {}, inContainer: false }
  const entered = { ...before, name: '我的服务', port: 9001, env: { GREETING: 'hello' } }
  expect(keepEntered(entered, before, now)).toEqual({ ...entered, id: 'other' })
  expect(keepEntered({ ...before, id: 'mine' }, before, now)).toEqual({ ...now, id: 'mine' })
  expect(keepEntered(before, null, now)).toEqual(now)
})

test('empty values are not sent, so that they stay unchanged', () => {
  const empty = { id: 'told', name: '', port: null, env: { GREETING: '' }, inContainer: false }
  expect(serviceConfigOf(empty)).toEqual({})
  expect(
    serviceConfigOf({ ...empty, name: 'Told', port: 9001, env: { GREETING: 'hello', OTHER: '' } }),
  ).toEqual({
    name: 'Told',
    port: 9001,
    env: { GREETING: 'hello' },
  })
})

test('a container is proposed where an image has what the machine lacks, and what was unchecked stays so', () => {
  const proposed = (container?: 'needed' | 'better' | 'possible') =>
    optionsFor(found, { id: 'title', name: 'docstring' }, container)
  expect(
    [undefined, 'possible' as const, 'better' as const, 'needed' as const].map(
      (one) => proposed(one).inContainer,
    ),
  ).toEqual([false, false, true, true])
  expect(serviceConfigOf(proposed('better'))).toMatchObject({ mode: 'docker' })
  const unchecked = { ...proposed('better'), inContainer: false }
  expect(keepEntered(unchecked, proposed('better'), proposed('better')).inContainer).toBe(false)
})

test('where this platform has no Docker, containers are spoken of only for a package that one would help', () => {
  const note = (code: string) => ({ code, message: '' })
  const nothing = { manifest: null, problems: [], warnings: [] }
  expect(containerChoiceOf(null)).toBeUndefined()
  expect(containerChoiceOf({ ...nothing, warnings: [note('package.left_out')] })).toBeUndefined()
  expect(containerChoiceOf({ ...nothing, warnings: [note('container.needed')] })).toBe('missing')
  expect(containerChoiceOf({ ...nothing, problems: [note('python.missing')] })).toBe('missing')
  expect(containerChoiceOf({ ...nothing, container: 'better', warnings: [note('container.needed')] })).toBe(
    'better',
  )
  expect(optionsFor({ id: 'a', name: 'A' }, null, 'missing').inContainer).toBe(false)
})
