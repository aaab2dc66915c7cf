import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, describe } from 'vitest'
import { runCases } from '../protocol-cases/run-cases.ts'

const here = import.meta.dirname

describe('the Node runtime', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-node-runtime-'))
  const bundle = join(folder, 'main.mjs')
  beforeAll(() => {
    buildSync({
      entryPoints: [join(here, 'src', 'main.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  runCases({
    language: 'node',
    form: 'node-package',
    entry: () => 'index.js',
    codeFolder: (code) => join(here, 'tests', 'fixtures', code),
    command: (env) => ({ file: process.execPath, args: [bundle], env }),
  })
})
