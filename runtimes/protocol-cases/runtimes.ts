import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import type { Runtime } from './instance.ts'

const root = join(import.meta.dirname, '..')

const entries: Readonly<Record<string, string>> = {
  function: 'main.py:predict',
  cog: 'predict.py:Predictor',
  'cog-stream': 'predict.py:Predictor',
  'cog-function': 'predict.py:predict',
  'cog-runner': 'predict.py:Runner',
}

/** The Python runtime, started as in a release. */
export const pythonRuntime: Runtime = {
  language: 'python',
  form: 'single-file',
  entry: (code) => entries[code] ?? 'ai_algorithm.py:Algorithm',
  codeFolder: (code) => join(root, 'python', 'tests', 'fixtures', code),
  command: (env) => ({
    file: '/usr/bin/python3',
    args: ['-m', 'vitrine_runtime'],
    env: { ...env, PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1' },
  }),
}

/** The Node runtime, bundled as in the build. `remove` deletes the bundle. */
export function bundleNodeRuntime(): Runtime & { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-node-runtime-'))
  const bundle = join(folder, 'main.mjs')
  buildSync({
    entryPoints: [join(root, 'node', 'src', 'main.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
  return {
    language: 'node',
    form: 'node-package',
    entry: () => 'index.js',
    codeFolder: (code) => join(root, 'node', 'tests', 'fixtures', code),
    command: (env) => ({ file: process.execPath, args: [bundle], env }),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
