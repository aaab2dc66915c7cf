import { expect, test } from 'vitest'
import type { CommandResult } from '../../lib/run-command.ts'
import type { BuildContext } from './environment-cache.ts'
import { installFromIndex } from './pip-install.ts'
import { uvVariables } from './uv-solution.ts'

const ended = (exitCode: number | null, how: CommandResult['ended']): CommandResult => ({
  exitCode,
  signal: null,
  ended: how,
  startError: null,
  stdout: [],
  stderr: [],
})
const command = { file: 'pip', args: ['install', '-r', 'requirements.txt'], cwd: '/' }

/** pip that searches without an end, unless it gets a file of constraints. */
function searchingPip() {
  const calls: (readonly string[])[] = []
  const told: string[] = []
  const context: BuildContext = {
    signal: new AbortController().signal,
    report: async (message) => void told.push(typeof message === 'string' ? message : message.en),
    refused: () => null,
    copies: '/',
    temporary: '/',
    run: async ({ args, onLine, signal }) => {
      calls.push(args)
      if (args.includes('-c')) return ended(0, null)
      onLine?.('Collecting deep (from wide->-r requirements.txt (line 1))')
      onLine?.('INFO: pip is looking at multiple versions of deep to determine which version is compatible')
      for (let at = 100; at > 0 && !signal?.aborted; at -= 1)
        onLine?.(`  Downloading deep-${at}-py3-none-any.whl (9 kB)`)
      return signal?.aborted ? ended(null, 'aborted') : ended(1, null)
    },
  }
  return { context, calls, told }
}

test('where pip searches too long, it is started again with the releases that uv has found', async () => {
  const { context, calls, told } = searchingPip()
  const { result } = await installFromIndex(context, command, async () => '/tmp/fitting.txt')
  expect(result.exitCode).toBe(0)
  expect(calls).toEqual([command.args, [...command.args, '-c', '/tmp/fitting.txt']])
  expect(told.at(-1)).toBe('pip finds no releases that fit together, so uv looks for them')
})

test('without uv, pip searches on, and its failure names what it searched for', async () => {
  const { context, calls } = searchingPip()
  const { result, search } = await installFromIndex(context, command, async () => null)
  expect([result.exitCode, calls.length]).toEqual([1, 2])
  expect(search?.en).toMatch(/tried those of deep one after the other, because wide of the requirements/)
})

test('uv uses the indexes of pip', () => {
  const listed = [
    ":env:.cert='/etc/ssl/certs/all.crt'",
    "global.find-links='/opt/wheels'",
    "global.index-url='https://one.example/simple'",
    "install.index-url='https://two.example/simple'",
    "global.timeout='60'",
  ]
  expect(uvVariables(listed, null)).toEqual([
    'SSL_CERT_FILE=/etc/ssl/certs/all.crt',
    'UV_FIND_LINKS=/opt/wheels',
    'UV_DEFAULT_INDEX=https://two.example/simple',
  ])
  expect(uvVariables([], 'https://own.example/simple')).toEqual([
    'UV_DEFAULT_INDEX=https://own.example/simple',
  ])
})
