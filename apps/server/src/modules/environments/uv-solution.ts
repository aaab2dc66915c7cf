import { join } from 'node:path'
import type { Command } from '../../lib/run-command.ts'
import type { BuildContext } from './environment-cache.ts'

/** The releases of uv whose options are those used here. */
const uvReleases = 'uv>=0.5,<1'

type PipCommand = Pick<Command, 'file' | 'args' | 'cwd'>

/** What uv is asked. */
type Question = {
  /** pip as it runs for this environment, up to its own command. */
  pip: PipCommand
  /** The Python of the environment. */
  python: string
  requirements: string
  /** Options that name files with constraints. */
  constraints: readonly string[]
  indexUrl: string | null
}

/** The settings of pip that concern indexes, as variables of uv. */
const variables: Readonly<Record<string, string>> = {
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'find-links': 'UV_FIND_LINKS',
  cert: 'SSL_CERT_FILE',
}

/**
 * The variables that let uv use the indexes of pip. `listed` is what `pip config list` says: a setting a line, as
 * `global.index-url='https://…'`. The last of each counts. Pure.
 */
export function uvVariables(listed: readonly string[], indexUrl: string | null): string[] {
  const found = new Map<string, string>()
  for (const line of listed.map((one) => one.slice(0, 2_000))) {
    const [, key = '', value = ''] = /^[\w:-]+\.([\w-]+)='(.*)'$/.exec(line) ?? []
    const name = Object.hasOwn(variables, key) ? variables[key] : undefined
    // pip writes several values of a setting as lines of one text.
    if (name !== undefined) found.set(name, value.replaceAll(/(?:\\n|\s)+/g, ' ').trim())
  }
  if (indexUrl !== null) found.set('UV_DEFAULT_INDEX', indexUrl)
  return [...found].filter(([, value]) => value !== '').map(([name, value]) => `${name}=${value}`)
}

/**
 * Asks uv for releases that fit together, where pip searches too long: it learns from each conflict which packages are in each
 * other's way, and does not take their releases one after the other. uv itself comes from the index and is removed after the
 * build. Resolves with the path of a file of constraints, or null if uv cannot be had or knows none.
 */
export async function fittingReleases(
  { run, signal, temporary }: BuildContext,
  { pip, python, requirements, constraints, indexUrl }: Question,
): Promise<string | null> {
  const index = indexUrl === null ? [] : ['--index-url', indexUrl]
  const folder = join(temporary, 'uv')
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off']
  const settings = await run({ ...pip, args: [...pip.args, 'config', 'list'], answerLines: 100 })
  const got = await run({
    ...pip,
    args: [...pip.args, 'install', ...quiet, '--no-deps', '--target', folder, ...index, uvReleases],
  })
  signal.throwIfAborted()
  if (got.exitCode !== 0) return null
  const fitting = join(temporary, 'fitting.txt')
  const compile = ['pip', 'compile', '--python', python, '--index-strategy', 'unsafe-best-match', '--quiet']
  const form = ['--no-header', '--no-annotate', '--strip-extras', '--output-file', fitting]
  const solved = await run({
    file: 'env',
    args: [
      ...uvVariables(settings.stdout, indexUrl),
      `UV_CACHE_DIR=${join(temporary, 'uv-cache')}`,
      'UV_PYTHON_DOWNLOADS=never',
      join(folder, 'bin', 'uv'),
      ...[...compile, ...form, ...constraints, requirements],
    ],
    cwd: pip.cwd,
  })
  signal.throwIfAborted()
  return solved.exitCode === 0 ? fitting : null
}
