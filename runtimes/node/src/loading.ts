import { pathToFileURL } from 'node:url'
import { isObject } from '@vitrine/contract/schema-check'
import type { ConfigChanges } from './messages.ts'

/** The third argument of `predict`. */
export type Tools = {
  /** Reports the progress of the call: 0 to 1, and a sentence for people. */
  progress(fraction: number, message?: string): void
  /** Writes a line to the run's log. */
  log(...words: unknown[]): void
  /** Aborted when all callers that wanted the result have disconnected. */
  signal: AbortSignal
}

/** A loaded package. */
export type Algorithm = {
  setup(): Promise<void>
  predict(inputData: unknown[], parameters: Record<string, unknown>, tools: Tools): unknown
  /** Whether `predict` is a generator function. It is then called with one element at a time. */
  streams: boolean
  /** Takes changed variables. Null if the package has no `onConfig`. */
  onConfig: ((changes: ConfigChanges) => unknown) | null
}

type AnyFunction = (...given: unknown[]) => unknown
const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function'
const hasPredict = (value: unknown): value is Record<string, unknown> =>
  isObject(value) && isFunction(value['predict'])

function exported(module: unknown, exportName: string | null): unknown {
  const named = isObject(module) && exportName !== null ? module[exportName] : module
  if (isFunction(named)) return Reflect.construct(named, [])
  // If the exports of a CommonJS module cannot be detected from its source, they are all in `default`.
  return !hasPredict(named) && isObject(named) && 'default' in named ? named['default'] : named
}

/** `onConfig` of an algorithm or of its module, if it has one. */
function onConfigOf(found: unknown, module: unknown): Algorithm['onConfig'] {
  for (const owner of [found, module]) {
    const onConfig = isObject(owner) ? owner['onConfig'] : undefined
    if (isFunction(onConfig)) return (changes) => onConfig.call(owner, changes)
  }
  return null
}

/** Imports a package, as CommonJS or ES module. Rejects if it has no `predict`. */
export async function loadAlgorithm(entry: string, exportName: string | null): Promise<Algorithm> {
  const imported: unknown = await import(pathToFileURL(entry).href)
  const module: unknown = { ...Object(imported) }
  const found = exported(module, exportName)
  const predict = isFunction(found) ? found : isObject(found) ? found['predict'] : undefined
  if (!isFunction(predict)) throw new Error(`${entry} exports no function predict`)
  const setup = isObject(found) ? found['setup'] : undefined
  return {
    setup: async () => void (isFunction(setup) && (await setup.call(found))),
    predict: (inputData, parameters, tools) => predict.call(found, inputData, parameters, tools),
    onConfig: onConfigOf(found, module),
    streams: /^(Async)?GeneratorFunction$/.test(predict.constructor.name),
  }
}
