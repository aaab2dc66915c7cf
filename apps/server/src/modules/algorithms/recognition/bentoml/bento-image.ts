import { indexLines } from '../../../requirements/package-indexes.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { bracketEnd, matchAt, parseParameters, type PythonParameter } from '../python-code/python-source.ts'
import { installedBy } from '../pip-command.ts'
import type { BentoBuild } from './bento-file.ts'

const constructors = new Set(['bentoml.images.Image', 'bentoml.images.PythonImage'])
const isImage = (module: PythonModule, callee: string) => constructors.has(fullName(module, callee))

const chained = /\s*(?:\\\s*)?\.\s*(\w+)\s*\(/y

type MethodCall = { method: string; parameters: PythonParameter[] }

/** The calls of methods that follow a call whose bracket opens at `open`: `.python_packages(…).run(…)`. */
function methodsAfter({ code, source }: PythonModule, open: number): MethodCall[] {
  const found: MethodCall[] = []
  for (let at = bracketEnd(code, open) + 1; ;) {
    const match = matchAt(chained, code, at)
    if (!match?.[1]) return found
    const next = match.index + match[0].length - 1
    found.push({ method: match[1], parameters: parseParameters(code, source, next) })
    at = bracketEnd(code, next) + 1
  }
}

/** The text of a literal. Null for anything else. */
const literal = (source: string | null): string | null =>
  /^[rRuU]?(["'])([^"'\\\n]*)\1$/.exec((source ?? '').trim())?.[2] ?? null

/** What is done with an image whose name, or place, is known: its own calls, then those on its name. */
function callsOn(module: PythonModule, name: string | null, open: number): MethodCall[] {
  const later = module.calls.filter(
    ({ callee, open: at }) => name !== null && callee.startsWith(`${name}.`) && at > open,
  )
  return [
    ...methodsAfter(module, open),
    ...later.flatMap(({ callee, open: at }) => [
      {
        method: callee.slice((name ?? '').length + 1),
        parameters: parseParameters(module.code, module.source, at),
      },
      ...methodsAfter(module, at),
    ]),
  ]
}

const option = /^--?(index-url|extra-index-url|find-links|i|f)[ =]+([^\s=]\S*)$/

/** Adds what one method states to a build. */
function follow(build: BentoBuild, { method, parameters }: MethodCall): void {
  const given = parameters.map(({ name, default: value }) => literal(value ?? name))
  const values = given.filter((value) => value !== null)
  if (values.length < given.length) build.left.push(`${method}(…)`)
  const needs = (key: string, list: readonly string[]) =>
    (build.needsImage[key] = [...(build.needsImage[key] ?? []), ...list])
  if (method === 'python_packages') {
    for (const value of values) {
      const [, kind = '', url = ''] = option.exec(value) ?? []
      const [isDefault, isFlat] = [
        kind === 'index-url' || kind === 'i',
        kind === 'find-links' || kind === 'f',
      ]
      const index = url === '' ? null : indexLines([{ name: kind, url, isDefault, isFlat }], method)
      if (index) build.notFollowed.push(...index.left)
      else if (value.startsWith('-')) build.left.push(`${method} ${value}`)
      build.install.push(...(index?.lines ?? (value.startsWith('-') ? [] : [value])))
    }
  } else if (method === 'requirements_file') build.requirements.push(...values)
  else if (method === 'system_packages') needs(method, values)
  else if (method === 'run')
    for (const command of values) {
      const packages = installedBy(command)
      if (packages) build.install.push(...packages)
      else needs(method, [command])
    }
  else if (method === 'run_script') needs(method, values)
  else if (method !== 'pyproject_toml') build.left.push(`${method}(…)`)
}

function imageAt(module: PythonModule, name: string | null, open: number): BentoBuild {
  const build: BentoBuild = {
    file: module.path,
    service: null,
    python: null,
    requirements: [],
    install: [],
    env: {},
    needsImage: {},
    left: [],
    notFollowed: [],
  }
  for (const { name: key, default: value } of parseParameters(module.code, module.source, open)) {
    if (key === 'python_version') build.python = literal(value)
    else if (key !== 'lock_python_packages') build.left.push(`Image(${value === null ? '' : key})`)
  }
  for (const call of callsOn(module, name, open)) follow(build, call)
  return build
}

/** The image that a file makes under a name. */
function imageNamed(module: PythonModule, name: string): BentoBuild | null {
  const made = module.bindings.find((one) => one.name === name && isImage(module, one.callee))
  const call = made && module.calls.find((one) => one.line >= made.line && isImage(module, one.callee))
  return call ? imageAt(module, name, call.open) : null
}

/**
 * The image that a service states by `@bentoml.service(image=…)`, as far as its code shows it. It is never run. `line` is that
 * of the service. Null if it states none.
 */
export function imageOfService(
  module: PythonModule,
  line: number,
  modules: readonly PythonModule[],
): BentoBuild | null {
  const decorators = module.calls.filter(
    (call) => fullName(module, call.callee) === 'bentoml.service' && call.line < line,
  )
  const decorator = decorators.at(-1)
  if (!decorator) return null
  const stated = parseParameters(module.code, module.source, decorator.open).find(
    ({ name }) => name === 'image',
  )
  if (!stated?.default) return null
  const end = bracketEnd(module.code, decorator.open)
  const inline = module.calls.find(
    ({ open, callee }) => open > decorator.open && open < end && isImage(module, callee),
  )
  if (inline) return imageAt(module, null, inline.open)
  const name = stated.default.split('.').at(-1) ?? ''
  return [module, ...modules].map((one) => imageNamed(one, name)).find((one) => one !== null) ?? null
}
