import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, manifest, manifestSource, type Json } from '@vitrine/contract'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Fixture } from './fixtures.ts'
import { startInstance } from './instance.ts'
import { mismatches } from './match.ts'
import { bundleNodeRuntime, pythonRuntime } from './runtimes.ts'

const guides = join(import.meta.dirname, '..', '..', 'docs', 'guide')

type Block = { language: string; label: string; text: string }
/** The files of one example in the guide, and its requests with their answers. */
type Example = { name: string; files: Block[]; exchanges: { request: Json; answer: Json }[] }

function examplesOf(markdown: string): Example[] {
  const examples: Example[] = []
  let title = ''
  let request: Json = null
  for (const [, heading, language = '', label = '', text = ''] of markdown.matchAll(
    /^## ([^\n]+)$|^```(\w+) ([^\n]+)\n(.*?)^```$/gms,
  )) {
    title = heading ?? title
    const current = examples.at(-1)
    if (/^(python|js)$/.test(language)) {
      examples.push({ name: title, files: [{ language, label, text }], exchanges: [] })
    } else if (language === 'yaml') current?.files.push({ language, label, text })
    else if (label === 'request') request = json.parse(JSON.parse(text))
    else if (label === 'answer') current?.exchanges.push({ request, answer: json.parse(JSON.parse(text)) })
  }
  return examples
}

function fixtureOf(example: Example): Fixture {
  const description = example.files.find(({ language }) => language === 'yaml')
  const source = manifestSource.parse(description ? parse(description.text) : {})
  const { input, parameters, batch } = source
  const filled = { ...(input && { input }), ...(parameters && { parameters }) }
  return {
    code: 'guide',
    manifest: { ...filled, ...(batch && { batch: manifest.shape.batch.parse(batch) }) },
  }
}

const node = bundleNodeRuntime()
afterAll(() => node.remove())

describe.each([
  ['algorithm-contract.md', 'zh'],
  ['algorithm-contract.en.md', 'en'],
])('the guide %s', (file, language) => {
  const examples = examplesOf(readFileSync(join(guides, file), 'utf8'))

  it('has examples, each with a request and its answer', () => {
    expect(examples.length).toBeGreaterThan(5)
    expect(examples.filter(({ exchanges }) => exchanges.length === 0)).toEqual([])
  })

  it.each(examples)('shows what really happens: $name', async (example) => {
    const code = mkdtempSync(join(tmpdir(), 'vitrine-guide-'))
    for (const { label, text } of example.files) writeFileSync(join(code, label.replace('file=', '')), text)
    const isNode = example.files[0]?.language === 'js'
    if (isNode) writeFileSync(join(code, 'package.json'), '{"type":"module"}')
    const runtime = { ...(isNode ? node : pythonRuntime), codeFolder: () => code }
    const instance = await startInstance(runtime, 'guide', fixtureOf(example), 'http://127.0.0.1:9')
    try {
      for (const { request, answer } of example.exchanges) {
        const response = await fetch(`${instance.url}/predict`, {
          method: 'POST',
          headers: { 'accept-language': language },
          body: JSON.stringify(request),
        })
        expect(mismatches(answer, await response.json(), new Map())).toEqual([])
      }
    } finally {
      await instance.remove()
      rmSync(code, { recursive: true })
    }
  })
})
