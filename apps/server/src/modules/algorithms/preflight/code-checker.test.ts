import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { noSandbox } from '../../../lib/sandbox/sandbox.ts'
import { sandboxHere } from '../../../lib/sandbox/sandbox.test-setup.ts'
import { codeCheckerHere, skipPython } from './code-checker.test-setup.ts'

const checker = codeCheckerHere(sandboxHere)
const python = async (...texts: string[]) =>
  (await checker.check(
    'anna',
    'python',
    texts.map((text, at) => ({ path: `${at}.py`, text })),
  )) ?? []

describe.skipIf(skipPython !== null)(`Python is read by its own parser (${skipPython ?? 'here'})`, () => {
  test('a file that it cannot parse is told with the line and its words, and the others are read', async () => {
    const found = await python('x = 1\ndef f(:\n', 'import os\n')
    expect(found.map(({ error }) => error)).toEqual([
      { line: 2, message: expect.any(String), text: 'def f(:' },
      null,
    ])
  })

  test('imports are told with what the interpreter has, and which of them may be missing', async () => {
    const [file] = await python(
      'import json, no_such_thing\ntry:\n    import faster\nexcept ImportError:\n    faster = None\ndef f():\n    from late.part import x\n',
    )
    expect(file).toMatchObject({
      known: ['json'],
      imports: expect.arrayContaining([
        { name: 'no_such_thing', line: 1, optional: false },
        { name: 'faster', line: 3, optional: true },
        { name: 'late', line: 7, optional: false },
      ]),
    })
  })

  test('nothing of the code is run', async () => {
    const found = await python('import os\nos._exit(3)\n', 'raise SystemExit\n')
    expect(found.map(({ error }) => error)).toEqual([null, null])
  })

  test.each([
    ['brackets', '('.repeat(200_000)],
    ['signs', `x = ${'-'.repeat(500_000)}1`],
    ['null bytes', 'a\0b'],
    ['half a character', '# \ud800\nx = 1\n'],
    ['calls', 'a'.concat('.b()'.repeat(100_000))],
  ])('hostile %s do not end the check of what comes before them', async (_name, text) => {
    const found = await python('def f(:\n', text)
    expect(found[0]?.error?.line).toBe(1)
  })
})

test('JavaScript is read by the parser of Node as Node loads it', async () => {
  const found = await checker.check('anna', 'javascript', [
    { path: 'a.js', text: 'const a = 1\nconst b = ;\n', kind: 'script' },
    { path: 'b.mjs', text: 'import x from "y"\n\nlet a = }\n', kind: 'module' },
    { path: 'c.js', text: 'export default await import("x")\n', kind: 'script' },
    { path: 'd.js', text: '#!/usr/bin/env node\nprocess.exit(3)\nreturn\n', kind: 'script' },
  ])
  expect(found?.map(({ error }) => error && [error.line, error.text])).toEqual([
    [2, 'const b = ;'],
    [3, 'let a = }'],
    null,
    null,
  ])
})

test('a line end of Unicode inside of a line is part of it, and the files after it are checked too', async () => {
  const found = await checker.check('anna', 'javascript', [
    { path: 'a.js', text: 'const a = "\u2028\u2029"\nconst b = "\u2028" = 1\n', kind: 'script' },
    { path: 'b.js', text: 'const c = ;\n', kind: 'script' },
  ])
  expect(found?.map(({ path, error }) => [path, error?.line])).toEqual([
    ['a.js', expect.any(Number)],
    ['b.js', 1],
  ])
})

test('what a parser that was ended left of its last line is no answer, and the file is one that was not read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-parser-'))
  try {
    const ended = join(folder, 'parser')
    const whole = JSON.stringify({ path: 'a.js', error: null, imports: [], known: [] })
    await writeFile(
      ended,
      `#!/bin/sh\nread -r line\nprintf '%s\\n%s' '${whole}' '{"path": "b.js", "err'\nkill -9 $$\n`,
      {
        mode: 0o700,
      },
    )
    const files = ['a.js', 'b.js'].map((path) => ({ path, text: '', kind: 'script' as const }))
    const found = await codeCheckerHere(noSandbox, ended).check('anna', 'javascript', files)
    expect(found?.map(({ path }) => path)).toEqual(['a.js'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a check that nobody waits for any more ends with its parser', async () => {
  const left = new AbortController()
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-parser-'))
  try {
    const endless = join(folder, 'parser')
    await writeFile(endless, '#!/bin/sh\nwhile :; do sleep 60; done\n', { mode: 0o700 })
    const files = [{ path: 'a.js', text: '', kind: 'script' as const }]
    const waitsForEver = codeCheckerHere(noSandbox, endless)
    const abandoned = waitsForEver.check('anna', 'javascript', files, undefined, left.signal)
    const waiting = waitsForEver.check('anna', 'javascript', files, undefined, left.signal)
    left.abort('gone')
    for (const each of [abandoned, waiting]) await expect(each).rejects.toBe('gone')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.skipIf(sandboxHere.status.network !== 'separate')(
  'a parser that a file has taken over does not reach the network of the machine',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-parser-'))
    try {
      const taken = join(folder, 'parser')
      const answer =
        '{"path": "a.js", "error": {"line": 1, "message": "%s", "text": ""}, "imports": [], "known": []}\\n'
      await writeFile(
        taken,
        `#!/bin/sh\nread -r line\nprintf '${answer}' "$(readlink /proc/self/ns/net)"\n`,
        {
          mode: 0o755,
        },
      )
      const files = [{ path: 'a.js', text: '', kind: 'script' as const }]
      const found = await codeCheckerHere(sandboxHere, taken).check('anna', 'javascript', files)
      const network = found?.[0]?.error?.message
      expect(network).toMatch(/^net:/)
      expect(network).not.toBe(await readlink('/proc/self/ns/net'))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)
