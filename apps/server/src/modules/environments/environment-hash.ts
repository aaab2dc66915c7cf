import { createHash } from 'node:crypto'
import { interpreterKey, type Interpreter } from './interpreters.ts'
import type { NodeDependencies } from './node-dependencies.ts'
import type { PythonDependencies } from './python-dependencies.ts'

const pythonPrefix = 'python-'
const keyIn = new RegExp(`^${pythonPrefix}([0-9a-f]{8})-`)

const digestOf = (inputs: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 24)

/** Whether a hash is that of a Python environment. */
export const isPythonHash = (hash: string): boolean => hash.startsWith(pythonPrefix)

/** The key of the interpreter of a Python environment (`interpreterKey`); null for the usual one, and for another environment. */
export const interpreterKeyIn = (hash: string): string | null => keyIn.exec(hash)?.[1] ?? null

/**
 * The hash of the Python environment of one owner: equal inputs share one environment. `runtime` are the requirements of
 * the platform's runtime, null if the package is a whole program that does not use it. `isAlone` says whether it sees no
 * packages of the machine. An environment with another Python than the usual one has the key of that interpreter in its
 * hash, because its folders are looked up by the hash when it is used. Pure.
 */
export function pythonEnvironmentHash(input: {
  interpreter: Interpreter
  usual: Interpreter
  own: Pick<PythonDependencies, 'lines' | 'limits' | 'pins' | 'digest'>
  runtime: readonly string[] | null
  owner: string
  isAlone: boolean
}): string {
  const { interpreter, usual, own, runtime, owner, isAlone } = input
  const requirements = [...(runtime ?? []), ...own.lines, ...own.limits].sort()
  const isWhole = runtime === null
  const hasMore = own.pins.length > 0 || own.digest !== null || isWhole
  const digest = digestOf([
    interpreter.file,
    interpreter.version,
    requirements,
    owner,
    ...(hasMore ? [own.pins, own.digest, isWhole] : []),
    ...(isAlone ? ['alone'] : []),
  ])
  const key = interpreter === usual ? '' : `${interpreterKey(interpreter)}-`
  return `${pythonPrefix}${key}${digest}`
}

/** The hash of the Node environment of one owner. Equal dependencies share one environment. */
export const nodeEnvironmentHash = (dependencies: NodeDependencies, owner: string): string =>
  `node-${digestOf([process.versions.modules, process.arch, owner, dependencies])}`
