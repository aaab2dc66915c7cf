import { expect, it } from 'vitest'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

it('the modules of the Python runtime pass their own tests', async () => {
  const result = await runCommand({
    file: '/usr/bin/python3',
    args: ['-m', 'unittest', 'discover', '-s', 'tests', '-p', 'test_*.py'],
    cwd: import.meta.dirname,
    env: {
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      PYTHONPATH: import.meta.dirname,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  })
  const words = result.stderr.join('\n')
  expect(words).toMatch(/Ran [1-9]\d* tests/)
  expect(result.exitCode, words).toBe(0)
  // All of them in one test.
}, 300_000)
