import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeHostIn } from '../../apps/server/src/modules/algorithms/code-host.test-setup.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const run = promisify(execFile)
const commits = 100_000
const files = 2_000
const rounds = 5
const pathOf = (file: number) => `src/m${file % 50}/f${file}.py`
/** A file that each fifth commit changes, most of whose lines stay as they were first. */
const often = { path: 'log.txt', each: 5, lines: 1_000, kept: 700 }
const oftenLines = Array.from({ length: often.lines }, (_, line) => `entry ${line}\n`)

/** One commit for `git fast-import`: it changes a line of one of the files, each in its turn. */
function commitOf(number: number): string {
  const file = number <= files ? number - 1 : (number * 7_919) % files
  const lines = Array.from(
    { length: 60 },
    (_, line) => `line ${line} of ${file} at ${line === number % 60 ? number : 0}\n`,
  )
  const message = `change ${number}\n`
  const change = (path: string, text: string) => `M 100644 inline ${path}\ndata ${text.length}\n${text}\n`
  if (number % often.each === 0)
    oftenLines[often.kept + ((number / often.each) % (often.lines - often.kept))] = `entry at ${number}\n`
  return [
    `commit refs/heads/main\ncommitter A <a@example.com> ${1_500_000_000 + number * 60} +0000\n`,
    `data ${message.length}\n${message}${change(pathOf(file), lines.join(''))}`,
    number % often.each === 0 ? change(often.path, oftenLines.join('')) : '',
  ].join('')
}

/** Makes a bare repository with a long history. */
async function makeHistory(repository: string): Promise<void> {
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository])
  const child = spawn('git', ['-C', repository, 'fast-import', '--quiet'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  for (let number = 1; number <= commits; number += 1)
    if (!child.stdin.write(commitOf(number))) await once(child.stdin, 'drain')
  child.stdin.end()
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now()
    await work()
    taken.push(performance.now() - begun)
  }
  return median(taken)
}

/** Measures reading the history of 100,000 commits, beside git by hand in the same repository as it was pushed. */
export async function benchHistory(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-history-'))
  try {
    const plain = join(folder, 'plain')
    await makeHistory(plain)
    await cp(plain, join(folder, 'long.git'), { recursive: true })
    const host = codeHostIn(folder)
    const indexing = await milliseconds(() => host.pushed('long'))
    const commit = (await host.resolve('long', 'main')) ?? ''
    const parent = (await host.history('long', { commit, path: '', skip: 1, limit: 1 }))[0]?.commit ?? ''
    const half =
      (await host.history('long', { commit, path: '', skip: commits / 2, limit: 1 }))[0]?.commit ?? ''
    const path = pathOf(5)
    const git = (...args: string[]) => milliseconds(() => run('git', ['-C', plain, ...args]))
    const log = ['log', '--max-count=31', commit]
    return [
      beside(
        'newest commits of a file among 100,000 vs `git log` by hand',
        'ms',
        await milliseconds(() => host.history('long', { commit, path, skip: 0, limit: 31 })),
        await git(...log, '--', path),
      ),
      beside(
        'newest commits of all files vs `git log` by hand',
        'ms',
        await milliseconds(() => host.history('long', { commit, path: '', skip: 0, limit: 31 })),
        await git(...log),
      ),
      beside(
        'authors of the lines of a file among 100,000 commits vs `git blame` by hand',
        'ms',
        await milliseconds(() => host.blame('long', { commit, path, from: 1, count: 60, back: 1_000 })),
        await git('blame', '--porcelain', commit, '--', path),
      ),
      beside(
        'authors in the newest 1,000 changes of a file that 20,000 commits changed vs `git blame` of all by hand',
        'ms',
        await milliseconds(() =>
          host.blame('long', { commit, path: often.path, from: 1, count: often.lines, back: 1_000 }),
        ),
        await git('blame', '--porcelain', commit, '--', often.path),
      ),
      beside(
        'differences of that file over 50,000 commits vs `git diff` by hand',
        'ms',
        await milliseconds(() => host.compare('long', { from: half, to: commit, path: often.path })),
        await git('diff', half, commit, '--', often.path),
      ),
      beside(
        'differences of a commit vs `git diff` by hand',
        'ms',
        await milliseconds(() => host.compare('long', { from: parent, to: commit })),
        await git('diff', parent, commit),
      ),
      beside('index of the history after a push that adds nothing vs a second', 'ms', indexing, 1_000),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) console.table(await benchHistory())
