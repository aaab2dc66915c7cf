import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { endpoints } from './endpoints/index.ts'
import type { ApiEndpoint } from './endpoints/endpoint.ts'
import { isIssueRule, issueSentences, rule } from './issue-rules.ts'
import { typeWords } from './issue-sentence.ts'
import { brokenRules, issueIn, pathOf } from './issues.ts'
import { slug, timestamp } from './common.ts'

const wrong = z.strictObject({
  name: z.string().min(2).max(3),
  slug,
  count: z.number().int().max(5),
  share: z.number().gt(0),
  step: z.number().multipleOf(5),
  whole: z.number().int(),
  list: z.array(z.object({ mode: z.enum(['a', 'b']) })),
  few: z.array(z.string()).max(1),
  at: timestamp,
  id: z.uuid(),
  either: z.union([z.string(), z.number()]),
  form: z.union([z.strictObject({ ids: z.array(z.string()) }), z.strictObject({ all: z.literal(true) })]),
  texts: z.record(z.string(), z.string()),
  missing: z.string(),
})
const given = {
  name: 'a',
  slug: 'Not A Slug',
  count: 7,
  whole: 7.5,
  share: 0,
  step: 3,
  list: [{ mode: 'a' }, { mode: 'c' }],
  few: ['a', 'b'],
  at: 'yesterday',
  id: 'x',
  either: true,
  form: { ids: [1] },
  texts: { a: 1 },
  more: 1,
}
const issues = (language: 'zh' | 'en') =>
  Object.fromEntries(
    brokenRules(wrong.safeParse(given, { reportInput: true }).error?.issues ?? []).map((broken) => {
      const { path, message } = issueIn(broken, language)
      return [path, message]
    }),
  )

test('zod issues are reported by path, in our own English sentences', () => {
  expect(issues('en')).toEqual({
    name: 'must have at least 2 characters',
    slug: issueSentences['field.slug'].en,
    count: 'must be at most 5',
    share: 'must be greater than 0',
    step: 'must be a multiple of 5',
    whole: 'expected integer',
    few: 'must have at most 1 items',
    'list[1].mode': 'expected one of "a", "b"',
    at: issueSentences['field.timestamp'].en,
    id: 'expected a UUID',
    either: 'expected string or number',
    'form.ids[0]': 'expected string',
    'texts.a': 'expected string',
    missing: 'is required',
    more: 'is not a known field',
  })
})

test('and in Chinese, without zod’s own messages', () => {
  const chinese = issues('zh')
  expect(Object.keys(chinese)).toEqual(Object.keys(issues('en')))
  for (const message of Object.values(chinese)) {
    expect(message).toMatch(/[\u4e00-\u9fff]/)
    expect(message).not.toMatch(/invalid|expected|must|too (small|big)/i)
  }
  expect(chinese).toMatchObject({ whole: '应为整数', either: '应为文字或数字' })
})

test('paths are written in one notation', () => {
  expect([pathOf([]), pathOf(['input_data', 0, 'text']), pathOf([1, 'a'])]).toEqual([
    '',
    'input_data[0].text',
    '[1].a',
  ])
})

test('a check whose message names a rule gives the rule’s sentence', () => {
  const found = z
    .string()
    .refine(() => false, rule('field.reserved'))
    .safeParse('status')
  expect(
    issueIn(
      brokenRules(found.error?.issues ?? [])[0] ?? { path: '', rule: 'field.invalid', values: {} },
      'zh',
    ),
  ).toEqual({
    path: '',
    message: '这个词是保留字',
  })
})

test('the Python runtime has the same sentence for the same rule', () => {
  const file = join(import.meta.dirname, '../../../runtimes/python/vitrine_runtime/messages.json')
  const python: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
  const shared = Object.entries(python).filter(([key]) => key.startsWith('field.'))
  expect(shared.length).toBeGreaterThan(10)
  for (const [key, sentences] of shared)
    expect(sentences).toEqual(isIssueRule(key) ? issueSentences[key] : null)
  expect(Object.fromEntries(Object.entries(python).filter(([key]) => key.startsWith('type.')))).toEqual(
    typeWords,
  )
})

test('every schema of the API refuses nonsense with our own sentences', () => {
  const nonsense = [null, 1, 'x', [], {}, [1], { name: 1 }, { id: {}, page: 'x', lines: -1 }]
  const specs: ApiEndpoint[] = Object.values(endpoints)
  let refused = 0
  for (const schema of specs.flatMap(({ params, query, body }) => [params, query, body]))
    for (const value of nonsense) {
      const found = schema?.safeParse(value, { reportInput: true }).error?.issues ?? []
      const broken = brokenRules(found)
      refused += broken.length
      for (const one of broken) expect(issueIn(one, 'zh').message).toMatch(/[\u4e00-\u9fff]/)
    }
  expect(refused).toBeGreaterThan(1_000)
})
