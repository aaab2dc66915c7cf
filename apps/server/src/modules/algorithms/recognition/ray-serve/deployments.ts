import { importedFile } from '../python/find-module.ts'
import type { PackageReading } from '../package-reading.ts'
import { importedAs, type PythonFunction, type PythonModule } from '../python-code/module.ts'

/** What Ray Serve is asked to run: a bound deployment, or a function that makes one. */
export type RayApplication = {
  path: string
  name: string
  line: number
  isBuilder: boolean
  takesArguments: boolean
}

const isBind = (callee: string) => callee.endsWith('.bind')

/** Whether a function binds a deployment and returns it. */
function binds({ bindings, returns }: PythonFunction): boolean {
  const bound = new Set(bindings.filter(({ callee }) => isBind(callee)).map(({ name }) => name))
  return returns.some((name) => isBind(name) || bound.has(name))
}

/** The modules that use Ray Serve. */
export const rayModules = async (reading: PackageReading): Promise<PythonModule[]> =>
  (await reading.modulesWith(/\bray\b/)).filter(({ imports }) =>
    imports.some(
      // Its parts, such as the drivers of graphs (`ray.serve.drivers`), are enough: a module may need nothing else of it.
      ({ module, name }) => /^ray\.serve(\.|$)/.test(module) || (module === 'ray' && name === 'serve'),
    ),
  )

/** What Ray Serve runs of a module, the last one first: what is bound last is made of what is bound before. */
export function applicationsIn(module: PythonModule): RayApplication[] {
  const { path, functions, bindings } = module
  const builders = new Map(functions.filter(binds).map((one) => [one.name, one]))
  const bound = bindings
    .filter(({ callee }) => isBind(callee) || builders.has(callee))
    .map(({ name, line }) => ({ path, name, line, isBuilder: false, takesArguments: false }))
  if (bound.length > 0) return bound.toReversed()
  return [...builders.values()].map(({ name, line, parameters }) => ({
    path,
    name,
    line,
    isBuilder: true,
    takesArguments: parameters.length > 0,
  }))
}

const ingress = /\bingress\s*\(\s*([\w.]{1,100})\s*\)/g

/**
 * The applications that deployments of Ray Serve answer with: `@serve.ingress(app)`. Their routes are methods of a class, so that no other
 * server can run them. Each is named by its file and its name there, also if another file defines it.
 */
export function ingressApps(reading: PackageReading, modules: readonly PythonModule[]): Set<string> {
  const names = new Set<string>()
  for (const module of modules)
    for (const [, name = ''] of module.code.matchAll(ingress)) {
      names.add(`${module.path}:${name}`)
      const [head = '', ...rest] = name.split('.')
      const imported = importedAs(module, head)
      const file = imported && importedFile(reading, module.path, imported)
      if (file) names.add(`${file.path}:${file.name ?? rest[0] ?? ''}`)
    }
  return names
}
