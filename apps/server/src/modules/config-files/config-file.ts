import {
  brokenRules,
  configKeyFacts,
  json,
  ruleSentence,
  type BrokenRule,
  type ConfigType,
  type Json,
  type Language,
} from '@vitrine/contract'
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document, type YAMLMap } from 'yaml'
import type { Words } from '../../lib/words.ts'
import { nearestKey, storedForm, valueSchemaOf } from './config-value-schema.ts'

/** The values of a file of the configuration, by key. */
export type FileValues = ReadonlyMap<string, Json>
/** What is wrong in a file, and on which line. */
export type FileProblem = { line: number | null; key: string; text: Words }

/** A key of a file with what is written for it. */
type Entry = { key: string; line: number | null; value: unknown }

const onlyMap: Words = {
  zh: '应为“键: 值”的形式',
  en: 'expected lines of the form “key: value”',
}

/** The keys of a map. `runs: {keep_days: 30}` is the same as `runs.keep_days: 30`. */
function entriesOf(
  map: YAMLMap,
  { prefix, document, counter }: { prefix: string; document: Document; counter: LineCounter },
): Entry[] {
  return map.items.flatMap(({ key: name, value: node }): Entry[] => {
    const key = `${prefix}${isScalar(name) ? String(name.value) : String(name)}`
    const line = isNode(name) && name.range ? counter.linePos(name.range[0]).line : null
    if (isMap(node) && configKeyFacts(key) === null)
      return entriesOf(node, { prefix: `${key}.`, document, counter })
    return [{ key, line, value: isNode(node) ? node.toJS(document, { maxAliasCount: 100 }) : null }]
  })
}

const rulesBroken = (key: string, value: unknown): Words[] => {
  const parsed = valueSchemaOf(key).safeParse(value, { reportInput: true })
  const broken = brokenRules(parsed.error?.issues ?? [])
  // A value may be a list or an object, and the line is that of its key.
  const said = (rule: BrokenRule, language: Language) =>
    `${rule.path === '' ? '' : `${rule.path}: `}${ruleSentence(rule, language)}`
  return broken.map((rule) => ({ zh: said(rule, 'zh'), en: said(rule, 'en') }))
}

/** What is wrong with a key of a file whose values are of a type. */
function problemsOf({ key, line, value }: Entry, type: ConfigType): FileProblem[] {
  const at = (text: Words): FileProblem => ({ line, key, text })
  const facts = configKeyFacts(key)
  if (!facts)
    return [
      at({
        zh: `没有这个配置键，最接近的是 ${nearestKey(key)}`,
        en: `there is no such key; the nearest is ${nearestKey(key)}`,
      }),
    ]
  if (!(facts.inFile ?? facts.types).some((one) => one === type))
    return [at({ zh: '不能写在这个文件里', en: 'cannot be in this file' })]
  return rulesBroken(key, value).map(at)
}

/**
 * Reads a file of the configuration: YAML whose keys are those of the configuration. If anything is wrong, no value of it is
 * used, and every mistake is reported. Pure.
 */
export function parseConfigFile(
  text: string,
  type: ConfigType,
): { values: FileValues; problems: FileProblem[] } {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, schema: 'core' })
  const broken = (line: number | null, why: Words) => ({
    values: new Map<string, Json>(),
    problems: [{ line, key: '', text: why }],
  })
  const [error] = document.errors
  if (error) return broken(counter.linePos(error.pos[0]).line, { zh: error.message, en: error.message })
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null))
    return { values: new Map(), problems: [] }
  if (!isMap(contents)) return broken(1, onlyMap)
  let entries: Entry[]
  try {
    entries = entriesOf(contents, { prefix: '', document, counter })
  } catch (cause) {
    // The parser throws this for more aliases than any file has that a person wrote.
    if (!(cause instanceof ReferenceError)) throw cause
    return broken(null, { zh: cause.message, en: cause.message })
  }
  const problems = entries.flatMap((entry) => problemsOf(entry, type))
  const twice = entries.filter(({ key }, at) => entries.findIndex((other) => other.key === key) < at)
  for (const { key, line } of twice)
    problems.push({ line, key, text: { zh: '写了两次', en: 'is there twice' } })
  const values = new Map(entries.flatMap(({ key, value }) => fitting(key, value)))
  return { values: problems.length > 0 ? new Map() : values, problems }
}

function fitting(key: string, value: unknown): [string, Json][] {
  const { data } = json.safeParse(value)
  return data === undefined || data === null ? [] : [[key, storedForm(key, data)]]
}

/** A problem of a file as a person reads it. Pure. */
export const problemWords = (path: string, { line, key, text }: FileProblem): Words => ({
  zh: `${path}${line === null ? '' : ` 第 ${line} 行`}${key === '' ? '' : `，${key}`}：${text.zh}`,
  en: `${path}${line === null ? '' : ` line ${line}`}${key === '' ? '' : `, ${key}`}: ${text.en}`,
})
