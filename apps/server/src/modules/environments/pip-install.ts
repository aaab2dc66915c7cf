import type { Command } from '../../lib/run-command.ts'
import type { Words } from '../../lib/words.ts'
import type { BuildContext } from './environment-cache.ts'
import { PipSearch } from './pip-search.ts'

/** How many releases pip may try before uv is asked. Usual requirements need none of them. */
const triedAtMost = 20

const asksUv: Words = {
  zh: 'pip 找不到互相适合的版本，改由 uv 来找',
  en: 'pip finds no releases that fit together, so uv looks for them',
}

/** Runs pip, and tells what it searches for. `isEnough` ends it. */
async function follow(
  context: BuildContext,
  command: Pick<Command, 'file' | 'args' | 'cwd'>,
  search: PipSearch,
  isEnough: () => boolean,
) {
  const stop = new AbortController()
  let told = Promise.resolve()
  const onLine = (line: string) => {
    const step = search.take(line)
    if (step) told = told.then(() => context.report(step))
    if (isEnough()) stop.abort()
    const spared = search.spared(line)
    if (spared) context.log?.(`— ${spared.zh} / ${spared.en}`)
  }
  const result = await context.run({ ...command, onLine, signal: stop.signal })
  await told
  context.signal.throwIfAborted()
  return { result, stopped: stop.signal.aborted }
}

/**
 * Lets pip install from an index. If it tries one release after the other, `fitting` is asked for releases that fit together: a file of
 * constraints, or null if there are none to be had, and then pip goes on. Resolves with how pip ended, and with what it searched for until then.
 */
export async function installFromIndex(
  context: BuildContext,
  command: Pick<Command, 'file' | 'args' | 'cwd'>,
  fitting: () => Promise<string | null>,
) {
  const search = new PipSearch()
  const first = await follow(context, command, search, () => search.tried > triedAtMost)
  if (!first.stopped) return { result: first.result, search: search.unsolved() }
  await context.report(asksUv)
  const file = await fitting()
  const more = file === null ? [] : ['-c', file]
  const second = await follow(context, { ...command, args: [...command.args, ...more] }, search, () => false)
  return { result: second.result, search: search.unsolved() }
}
