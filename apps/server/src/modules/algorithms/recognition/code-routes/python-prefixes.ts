import type { PackageReading } from '../package-reading.ts'
import { importedFile } from '../python/find-module.ts'
import type { PythonModule } from '../python-code/module.ts'
import { joined } from './code-route.ts'

/** A router or blueprint: the file where it is made, and its name there. Several files often use the same name. */
type Router = { path: string; name: string }
/** How an application or another router includes a router. `prefix` is undefined if none is stated there. */
type Taking = { by: Router; prefix: string | undefined; joins: boolean }

/** How deep routers in routers are followed. A router may include itself. */
const deepest = 5

const makes = /\b(\w{1,100})\s*=\s*(?:\w+\.)?(?:Blueprint|APIRouter)\s*\(([^)]{0,300})/g
const takes =
  /\b(\w{1,100})\s*\.\s*(register_blueprint|include_router)\s*\(\s*(?:(\w{1,100})\s*\.\s*)?(\w{1,100})([^)]{0,300})/g
const prefixIn = (text: string) => /\b(?:url_)?prefix\s*=\s*["']([^"'\n]{1,200})["']/.exec(text)?.[1]

const keyOf = ({ path, name }: Router) => `${path} ${name}`

/** What a name means in a file: something that the file imports from the package, or its own. */
function meant(files: Pick<PackageReading, 'has'>, { path, imports }: PythonModule, name: string): Router {
  const from = imports.find((one) => one.as === name)
  const file = from === undefined ? null : importedFile(files, path, from)
  return file === null ? { path, name } : { path: file.path, name: file.name ?? name }
}

/** Tells what comes before the routes of a router, by the file and the name of its variable. */
export function prefixesIn(
  files: Pick<PackageReading, 'has'>,
  modules: readonly PythonModule[],
): (router: Router) => string {
  const made = new Map<string, string>()
  const taken = new Map<string, Taking>()
  for (const module of modules) {
    for (const [, name = '', options = ''] of module.source.matchAll(makes))
      made.set(keyOf({ path: module.path, name }), prefixIn(options) ?? '')
    for (const [, holder = '', call, owner, name = '', options = ''] of module.source.matchAll(takes)) {
      const router =
        owner === undefined ? meant(files, module, name) : { ...meant(files, module, owner), name }
      const by = meant(files, module, holder)
      taken.set(keyOf(router), { by, prefix: prefixIn(options), joins: call === 'include_router' })
    }
  }
  const prefixOf = (router: Router, depth: number): string => {
    const own = made.get(keyOf(router)) ?? ''
    const taking = taken.get(keyOf(router))
    if (taking === undefined || depth === deepest) return own
    const { by, prefix, joins } = taking
    // FastAPI joins both prefixes. In Flask, the prefix of the application replaces that of the blueprint.
    const whole = prefix === undefined ? own : joins ? joined(prefix, own) : prefix
    return joined(prefixOf(by, depth + 1), whole)
  }
  return (router) => prefixOf(router, 0)
}
