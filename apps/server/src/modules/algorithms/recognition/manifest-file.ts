import { brokenRules, manifestSource, ruleSentence, type ManifestSource } from '@vitrine/contract'
import type { z } from 'zod'
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { wordsOf, type LocalisedText } from '../../../lib/words.ts'

/** `algorithm.yaml` as it was read: what it states and what is wrong with it. */
export type ManifestFile = { path: string; stated: ManifestSource; problems: Finding[] }

/** The names that the manifest of a package may have. */
export const manifestNames = ['algorithm.yaml', 'algorithm.yml']
/** Fields that are text. `version: 1.10` means the text, not the number 1.1. */
const textFields = ['id', 'name', 'version', 'description', 'task', 'python']

function problemAt(path: string, line: number | null, field: string, reason: LocalisedText): Finding {
  const { zh, en } = wordsOf(reason)
  const text = {
    zh: `${path}${line ? ` 第 ${line} 行` : ''}${field ? `，字段 ${field}` : ''}：${zh}`,
    en: `${path}${line ? ` line ${line}` : ''}${field ? `, field ${field}` : ''}: ${en}`,
  }
  return { code: 'manifest.invalid', path, text }
}

function keepTextAsWritten(document: Document): void {
  if (!isMap(document.contents)) return
  for (const { key, value } of document.contents.items) {
    if (!isScalar(key) || !isScalar(value) || !textFields.includes(String(key.value))) continue
    if (typeof value.value === 'number' && value.source) value.value = value.source
  }
}

function lineOf(document: Document, counter: LineCounter, path: readonly PropertyKey[]): number | null {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
      return counter.linePos(Number(node.range[0])).line
  }
  return null
}

/** The problems that zod found, with the line of the field or of the nearest one around it. */
function problemsOf(
  issue: z.core.$ZodIssue,
  path: string,
  lineAt: (at: readonly PropertyKey[]) => number | null,
): Finding[] {
  const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path
  return brokenRules([issue]).map((broken) =>
    problemAt(path, lineAt(at), broken.path, {
      zh: ruleSentence(broken, 'zh'),
      en: ruleSentence(broken, 'en'),
    }),
  )
}

/**
 * Reads the text of an `algorithm.yaml`. The parser limits aliases, and only the tags of YAML's core schema
 * create values.
 */
export function parseManifestFile(path: string, text: string): ManifestFile {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, schema: 'core' })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) =>
      problemAt(path, counter.linePos(error.pos[0]).line, '', error.message),
    )
    return { path, stated: {}, problems }
  }
  keepTextAsWritten(document)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    return { path, stated: {}, problems: [problemAt(path, null, '', error.message)] }
  }
  const parsed = manifestSource.safeParse(value, { reportInput: true })
  if (parsed.success) return { path, stated: parsed.data, problems: [] }
  const line = (at: readonly PropertyKey[]) => lineOf(document, counter, at)
  return { path, stated: {}, problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, path, line)) }
}

/** The package's `algorithm.yaml`. Null if it has none. */
export async function readManifestFile(view: PackageView): Promise<ManifestFile | null> {
  const path = manifestNames.find((name) => view.files.some((file) => file.path === name))
  if (path === undefined) return null
  const text = await view.readText(path)
  return text === null
    ? { path, stated: {}, problems: [problemAt(path, null, '', { zh: '超过 1 MiB', en: 'over 1 MiB' })] }
    : parseManifestFile(path, text)
}
