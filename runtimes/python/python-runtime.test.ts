import { join } from 'node:path'
import { describe } from 'vitest'
import { runCases } from '../protocol-cases/run-cases.ts'

const here = import.meta.dirname
const start = ['from vitrine_runtime import create_app, serve', 'serve(create_app())'].join('\n')

describe('the Python runtime', () => {
  runCases({
    language: 'python',
    form: 'single-file',
    entry: (code) => (code.startsWith('cog') ? 'predict.py:Predictor' : 'ai_algorithm.py:Algorithm'),
    codeFolder: (code) => join(here, 'tests', 'fixtures', code),
    command: (env) => ({
      file: '/usr/bin/python3',
      args: ['-c', start],
      env: { ...env, PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1' },
    }),
  })
})
