import { readModule } from '../python-code/module.ts'
import { bracketEnd } from '../python-code/python-source.ts'
import type { Source } from './python-names.ts'

/** A library whose applications serve themselves by their method `run`. */
export type SelfServing = 'Flask' | 'LitServer'

const made = /\b(Flask|LitServer)\s*\(/g
const boundTo = /([\w.]+)\s*(?::[^=\n]*)?=\s*(?:\w+\.)*$/
/** Bounds that no real program reaches: applications, characters, and names of a file. Packages can be hostile. */
const [madeAtMost, charactersBefore, charactersInside, rememberedAtMost] = [50, 200, 5_000, 5_000]

const lastPart = (callee: string) => callee.split('.').at(-1)

/** The names of a file that are bound to what its own functions make and return. */
function returned({ path, source }: Source): Map<string, SelfServing> {
  const { bindings, functions } = readModule(path, source, { left: rememberedAtMost })
  const makers = new Map<string, SelfServing>()
  for (const one of functions) {
    const names = new Set(one.returns)
    const callees = [
      ...one.returns,
      ...one.bindings.filter(({ name }) => names.has(name)).map(({ callee }) => callee),
    ]
    const library = callees.map(lastPart).find((last) => last === 'Flask' || last === 'LitServer')
    if (library !== undefined) makers.set(one.name, library)
  }
  const all = [...bindings, ...functions.flatMap((one) => one.bindings)]
  return new Map(
    all.flatMap(({ name, callee }) => {
      const library = makers.get(callee)
      return library === undefined ? [] : [[name, library] as const]
    }),
  )
}

/**
 * Finds the objects of a file that are servers themselves. The result is a function: it takes the callee of a method call and
 * the place where it begins, and says whether the object is such a server. Other objects have a method `run` too: a session of
 * a model, a process.
 */
export function selfServing(file: Source): (callee: string, at: number) => SelfServing | undefined {
  const { code } = file
  const named = new Map<string, SelfServing>()
  const unnamed = new Map<number, SelfServing>()
  for (const match of code.matchAll(made)) {
    const library = match[1] === 'Flask' ? 'Flask' : 'LitServer'
    const open = match.index + match[0].length - 1
    unnamed.set(open + bracketEnd(code.slice(open, open + charactersInside), 0), library)
    const name = boundTo.exec(code.slice(Math.max(0, match.index - charactersBefore), match.index))?.[1]
    if (name !== undefined) named.set(name, library)
    if (unnamed.size >= madeAtMost) break
  }
  if (unnamed.size === 0) return () => undefined
  let fromFunctions: Map<string, SelfServing> | null = null
  return (callee, at) => {
    const object = callee.slice(0, callee.lastIndexOf('.'))
    if (object === '') return unnamed.get(code.slice(0, at).trimEnd().length - 1)
    return named.get(object) ?? (fromFunctions ??= returned(file)).get(object)
  }
}
