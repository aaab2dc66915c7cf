import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { sha256 } from '../../lib/secrets.ts'
import type { BuildContext } from './environment-cache.ts'
import { listPythonPackages, lockOf, readNodeLock } from './environment-lock.ts'

const ended = { signal: null, ended: null, startError: null, stderr: [] }
/** Answers the commands of a build: those that are not here fail. */
const answering = (answers: Record<string, string[]>) => {
  const asked: string[] = []
  const run: BuildContext['run'] = async ({ file, args }) => {
    const command = [file, ...args].join(' ')
    asked.push(command)
    const found = Object.entries(answers).find(([part]) => command.includes(part))
    return { ...ended, exitCode: found ? 0 : 1, stdout: found?.[1] ?? [] }
  }
  return { run, asked }
}

test('the packages of Python are listed after the version of the interpreter', async () => {
  const python = { file: '/venv/bin/python', number: '3.11.2' }
  const { run } = answering({ '/venv/bin/python -I': ['fastapi==0.1', 'numpy==2.0'] })
  expect(await listPythonPackages({ run }, python)).toBe('# Python 3.11.2\nfastapi==0.1\nnumpy==2.0\n')
  expect(await listPythonPackages(answering({}), python)).toBeNull()
})

test('of Node, what the package manager wrote counts before the lock of the project', async () => {
  const where = { folder: '/env', root: 'web', lock: 'yarn.lock' }
  const both = { '/env/web/node_modules/.package-lock.json': ['{}'], '/env/web/yarn.lock': ['a@1'] }
  expect(await readNodeLock(answering(both), where)).toBe('{}\n')
  expect(await readNodeLock(answering({ '/env/web/yarn.lock': ['a@1'] }), where)).toBe('a@1\n')
  expect(await readNodeLock(answering({}), { ...where, lock: null })).toBeNull()
})

test('credentials in addresses are left out', async () => {
  const lock = ['"resolved": "git+https://anna:token@git.example.org/lab/a.git"', '"b": "user@example.org"']
  const { run } = answering({ '.package-lock.json': lock })
  expect(await readNodeLock({ run }, { folder: '/env', root: '', lock: null })).toBe(
    '"resolved": "git+https://git.example.org/lab/a.git"\n"b": "user@example.org"\n',
  )
})

test.each(['a.', '://', 'a://b', 'a:@'])(
  'a list of the largest size is read at once, also if the build wrote it: lines of %j',
  async (piece) => {
    const line = piece.repeat(2 ** 20 / piece.length)
    const { run } = answering({ '.package-lock.json': Array.from({ length: 8 }, () => line) })
    const before = threadTimeMs()
    const list = await readNodeLock({ run }, { folder: '/env', root: '', lock: null })
    expect(threadTimeMs() - before).toBeLessThan(1_000)
    expect(list).toHaveLength(8 * (line.length + 1))
  },
)

test('of a long list the beginning is stored, and the digest is of all of it', () => {
  const text = 'package==1.0\n'.repeat(50_000)
  const lock = lockOf(text)
  expect([lock.sha256, lock.text.length, lock.cut]).toEqual([sha256(text), 512 * 1024, true])
  expect(lockOf('a==1\n')).toEqual({ sha256: sha256('a==1\n'), text: 'a==1\n', cut: false })
})
