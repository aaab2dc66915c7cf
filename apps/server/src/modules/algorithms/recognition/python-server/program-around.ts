import type { PackageReading } from '../package-reading.ts'
import { filesReached } from '../python/find-module.ts'
import { byRank } from '../python/program-rank.ts'
import type { PythonCall, PythonModule } from '../python-code/module.ts'

const mainBlock = /^if[ \t(]+__name__[ \t]*==/m
/** A call at the start of a line, also one whose result gets a name: it runs as soon as the file does. */
const plainCall = /^(?:\w[\w ,]{0,100}=[ \t]*)?([\w.]{1,100})[ \t]*\(/gm
const usualNames = ['__main__', 'main', 'run', 'app', 'server', 'serve', 'manage', 'cli']

/** Whether a call is in a function or a class, and so waits to be called. */
function isInDefinition({ code }: PythonModule, { open }: PythonCall): boolean {
  const [line = ''] = /^\S.*$/m.exec(code.slice(code.lastIndexOf('\n', open) + 1, open + 1)) ?? []
  if (line !== '') return false
  const above = code.slice(0, open)
  const at = [...above.matchAll(/^\S/gm)].at(-1)?.index ?? 0
  return /^(?:async[ \t]+)?(?:def|class)\b/.test(above.slice(at))
}

/** Whether running a file makes this call: it is in no definition, or the file has a main block or uses what it defines. */
function makesCall(module: PythonModule, call: PythonCall): boolean {
  if (mainBlock.test(module.code) || !isInDefinition(module, call)) return true
  const own = new Set([...module.functions, ...module.classes].map(({ name }) => name))
  return [...module.code.matchAll(plainCall)].some(([, callee = '']) => own.has(callee.split('.')[0] ?? ''))
}

/**
 * The file to run for a module whose call serves: itself, or, where that call waits in a function or a class, the program of
 * the package that imports it: `__main__.py`, or another file with a main block.
 */
export async function programAround(
  reading: PackageReading,
  module: PythonModule,
  call: PythonCall,
): Promise<string> {
  if (makesCall(module, call)) return module.path
  for (const { path } of byRank(await reading.modulesWith(mainBlock), usualNames))
    if ((await filesReached(reading, path)).some((reached) => reached.path === module.path)) return path
  return module.path
}
