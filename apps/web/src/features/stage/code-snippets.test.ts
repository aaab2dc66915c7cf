import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '@vitrine/contract'
import { codeSnippet, shellQuote, type CallExample } from './code-snippets.ts'

/** Text with everything that has a meaning in a shell, Python or JavaScript. */
const nasty = `它说："it's" $HOME \`id\` \\n \\\\ %s\n第二行 😀 </script> \${x} $& $1`
const call: CallExample = {
  url: 'http://127.0.0.1:8000/ai/text-classify/predict',
  inputData: [nasty, null, { ok: true }],
  parameters: { top_k: 3, exact: false, note: nasty },
  key: 'YOUR_API_KEY',
  localFile: null,
}
const body = { input_data: call.inputData, parameters: call.parameters }

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'snippets-'))
  // Replaces curl: prints its address, headers and body as JSON.
  writeFileSync(
    join(folder, 'curl'),
    `#!${process.execPath}
const words = process.argv.slice(2)
const after = (flag) => words.flatMap((word, place) => (word === flag ? [words[place + 1]] : []))
const data = after('-d')[0]
const body = data === '@-' ? require('node:fs').readFileSync(0, 'utf8') : data
const url = words.find((word) => word.startsWith('http'))
process.stdout.write(JSON.stringify({ url, headers: after('-H'), body: JSON.parse(body) }))
`,
    { mode: 0o755 },
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Sent = { url: string; headers: string[]; body: Json }
const runShell = (code: string): Sent =>
  JSON.parse(
    execFileSync('/bin/sh', ['-c', code], {
      cwd: folder,
      env: { PATH: `${folder}:/usr/bin:/bin`, HOME: '/nowhere' },
      encoding: 'utf8',
    }),
  )

const runJavascript = async (code: string): Promise<Sent> => {
  const script = `
    const sent = {}
    const fetch = async (url, init) => {
      sent.url = url
      sent.headers = Object.entries(init.headers).map(([name, value]) => name + ': ' + value)
      sent.body = JSON.parse(init.body)
      return { ok: true, json: async () => sent }
    }
    const console = { log: (value) => process.stdout.write(JSON.stringify(value)) }
  `
  const [imports, rest] = [code.match(/^import .*$/gm) ?? [], code.replace(/^import .*$/gm, '')]
  const path = join(folder, 'call.mjs')
  writeFileSync(path, `${imports.join('\n')}\n${script}\n${rest}`)
  return JSON.parse(execFileSync(process.execPath, [path], { cwd: folder, encoding: 'utf8' }))
}

const havePython = (() => {
  try {
    execFileSync('python3', ['--version'])
    return true
  } catch {
    return false
  }
})()
const runPython = (code: string): Sent => {
  writeFileSync(
    join(folder, 'requests.py'),
    `import json
class Answer:
    def __init__(self, sent): self.sent = sent
    def raise_for_status(self): pass
    def json(self): return json.dumps(self.sent)
def post(url, headers=None, json=None, timeout=None):
    return Answer({"url": url, "headers": [f"{k}: {v}" for k, v in (headers or {}).items()], "body": json})
`,
  )
  writeFileSync(join(folder, 'call.py'), code)
  return JSON.parse(execFileSync('python3', ['call.py'], { cwd: folder, encoding: 'utf8' }))
}

test('a shell restores every quoted word', () => {
  const word = execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(nasty)}`], { encoding: 'utf8' })
  expect(word).toBe(nasty)
})

describe('code for a call', () => {
  test('curl sends exactly this input and these parameters with the key', () => {
    const sent = runShell(codeSnippet('curl', call))
    expect(sent.body).toEqual(body)
    expect(sent.url).toBe(call.url)
    expect(sent.headers).toEqual(['Authorization: Bearer YOUR_API_KEY', 'Content-Type: application/json'])
  })

  test('JavaScript sends exactly this input and these parameters with the key', async () => {
    const sent = await runJavascript(codeSnippet('javascript', call))
    expect(sent.body).toEqual(body)
    expect(sent.url).toBe(call.url)
    expect(sent.headers).toContain('Authorization: Bearer YOUR_API_KEY')
  })

  test.skipIf(!havePython)(
    'Python (skipped without python3) sends exactly this input and these parameters with the key',
    () => {
      const sent = runPython(codeSnippet('python', call))
      expect(sent.body).toEqual(body)
      expect(sent.url).toBe(call.url)
      expect(sent.headers).toEqual(['Authorization: Bearer YOUR_API_KEY'])
    },
  )

  test('contains no key if none is needed, and no parameters if there are none', () => {
    const open = { ...call, key: null, parameters: {} }
    const sent = runShell(codeSnippet('curl', open))
    expect(sent.body).toEqual({ input_data: call.inputData })
    for (const language of ['curl', 'python', 'javascript'] as const)
      expect(codeSnippet(language, open)).not.toContain('YOUR_API_KEY')
  })
})

describe('code that reads a local file', () => {
  const name = `我的 图片's.jpg`
  const withFile: CallExample = {
    ...call,
    inputData: [{ asset_id: 'a' }],
    localFile: { name, mime: 'image/jpeg' },
  }
  const expected = {
    input_data: [{ data: Buffer.from('bytes of a picture').toString('base64'), mime: 'image/jpeg' }],
    parameters: call.parameters,
  }
  beforeAll(() => writeFileSync(join(folder, name), 'bytes of a picture'))

  test('curl sends its bytes', () => {
    expect(runShell(codeSnippet('curl', withFile)).body).toEqual(expected)
  })
  test('JavaScript sends its bytes', async () => {
    expect((await runJavascript(codeSnippet('javascript', withFile))).body).toEqual(expected)
  })
  test.skipIf(!havePython)('Python (skipped without python3) sends its bytes', () => {
    expect(runPython(codeSnippet('python', withFile)).body).toEqual(expected)
  })
})
