import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from './run.mjs'

test('a command is not begun after an abort: nothing would end it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-run-'))
  const file = join(folder, 'begun')
  const { code } = await run('touch', [file], { signal: AbortSignal.abort() })
  expect([code, existsSync(file)]).toEqual([130, false])
  rmSync(folder, { recursive: true })
})

test('an abort ends a command that runs, and its children', async () => {
  const end = new AbortController()
  const onLine = () => end.abort()
  const { code } = await run('sh', ['-c', 'echo begun; sleep 3600; :'], { signal: end.signal, onLine })
  expect(code).not.toBe(0)
})
