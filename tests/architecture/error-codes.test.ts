import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { errorStatuses, type ErrorCode } from '../../packages/contract/src/error-codes.ts'
import {
  outputReasons,
  runtimeSentences,
  sharedSentences,
} from '../../packages/contract/src/error-sentences.ts'
import { refusals } from '../../apps/gateway/src/refusals.ts'
import zhRuns from '../../apps/web/src/locales/zh/runs.ts'
import { filesBelow, isForTests } from './source-files.ts'

const sources = ['apps/server/src', 'apps/gateway/src', 'runtimes/node/src', 'runtimes/python']
  .flatMap((folder) => filesBelow(folder, ['.ts', '.py']))
  .filter((file) => !isForTests(file) && !file.path.includes('/tests/'))
const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorStatuses, text)

const asPattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** The quoted codes that match a pattern, in the files whose names have this ending. */
const codesIn = (ending: string, form: RegExp) =>
  sources
    .filter(({ path }) => path.endsWith(ending))
    .flatMap(({ text }) => [...text.matchAll(form)].map(([, code = '']) => code))

describe('error codes', () => {
  const defined = codesIn('.errors.ts', /^(?: {2}|.*defineError.*\{ )code: '([^']+)'/gm)
  const known: string[] = Object.keys(errorStatuses)

  test('every code in the registry is used by a program', () => {
    const used = new Set(codesIn('', /['"]([a-z\d_.]+)['"]/g))
    expect(known.filter((code) => !used.has(code))).toEqual([])
  })

  test('the server defines each of its codes once', () => {
    expect(defined.length).toBeGreaterThan(100)
    expect(defined.filter((code, at) => defined.indexOf(code) !== at)).toEqual([])
  })

  test('the gateway says the sentence of the registry where another program has the same code', () => {
    const sentences: Record<string, { zh: string; en: string }> = sharedSentences
    const own = Object.values(refusals).filter(({ code }) => !(code in sentences))
    expect(own.map(({ code }) => code).filter((code) => defined.includes(code))).toEqual([])
    const withValues = (sentence = '') =>
      new RegExp(
        `^${sentence
          .split(/\{\w+\}/)
          .map(asPattern)
          .join('.+')}$`,
      )
    const shared = Object.values(refusals).filter(({ code }) => code in sentences)
    expect(shared.length).toBeGreaterThan(8)
    for (const { code, zh, en } of shared) {
      expect(zh).toMatch(withValues(sentences[code]?.zh))
      expect(en).toMatch(withValues(sentences[code]?.en))
    }
  })

  test('the codes of the Python runtime are in the registry', () => {
    const raised = codesIn('.py', /\b(?:Problem\(|code = )"([a-z_.]+)"/g)
    expect(raised.length).toBeGreaterThan(20)
    expect(raised.filter((code) => !isErrorCode(code))).toEqual([])
  })

  test('the codes for which the pages have texts are in the registry', () => {
    const worded = Object.entries(zhRuns.error).flatMap(([part, words]) =>
      Object.keys(words).map((word) => `${part}.${word}`),
    )
    expect(worded.length).toBeGreaterThan(5)
    expect(worded.filter((code) => !isErrorCode(code))).toEqual([])
  })

  test('the Python runtime answers with the statuses and the sentences of the registry', () => {
    const told = z.strictObject({ status: z.number().optional(), zh: z.string(), en: z.string() })
    const messages = z
      .record(z.string(), told)
      .parse(JSON.parse(read('runtimes/python/vitrine_runtime/messages.json')))
    const own = Object.entries(messages).filter(([code]) => !/^(field|type|output)\./.test(code))
    const reasons: Record<string, object> = outputReasons
    for (const [code, message] of Object.entries(messages))
      if (code.startsWith('output.')) expect({ code, ...message }).toEqual({ code, ...reasons[code] })
    const sentences: Record<string, { zh: string; en: string }> = { ...sharedSentences, ...runtimeSentences }
    expect(own.length).toBeGreaterThan(20)
    for (const [code, message] of own)
      expect({ code, ...message }).toEqual({
        code,
        status: isErrorCode(code) ? errorStatuses[code] : null,
        ...sentences[code],
      })
    for (const code of Object.keys(runtimeSentences)) expect(messages).toHaveProperty([code])
  })
})

test.each(['05-gateway.md', '06-runtimes.md'])(
  '%s lists errors with the statuses of the registry',
  (name) => {
    const lines = read(`docs/architecture/${name}`).split('\n')
    const listed = lines.flatMap((line) => {
      const cell = line.split('|').find((one) => /^ *`[a-z_]+\.[a-z_]+`/.test(one)) ?? ''
      const codes = [...cell.matchAll(/`([a-z_]+\.[a-z_]+)`/g)].map(([, code = '']) => code)
      const statuses = [...line.matchAll(/(?<=[ |])([45]\d\d)(?=[ |])/g)].map(([status]) => Number(status))
      if (!line.startsWith('|') || statuses.length === 0) return []
      return codes.map((code, at) => ({ code, status: statuses[at] ?? statuses[0] }))
    })
    expect(listed.length).toBeGreaterThan(5)
    for (const { code, status } of listed)
      expect({ code, status }).toEqual({ code, status: isErrorCode(code) ? errorStatuses[code] : null })
  },
)
