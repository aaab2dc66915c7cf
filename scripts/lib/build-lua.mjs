import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Modules that Lua itself or nginx provides. */
const ofNginx = ['ffi', 'jit.opt', 'cjson.safe', 'ngx.base64', 'ngx.balancer', 'resty.core.base']

/**
 * Resolves a module for the bundler. If the folder of the Lua sources has a file with the same name as an njs
 * file, it replaces that file. So the shared sources use the version for their environment.
 * @param {string} lua the folder @param {string} contract the folder of the contract's sources
 */
const resolution = (lua, contract) => ({
  /** @param {string} name @param {string} from */
  moduleResolution(name, from) {
    if (name.startsWith('@vitrine/contract/')) return join(contract, `${name.slice(18)}.ts`)
    const standIn = join(lua, basename(name))
    return dirname(from) !== lua && name.startsWith('./') && existsSync(standIn) ? standIn : undefined
  },
})

/**
 * Builds the Lua script that runs inside nginx for every request, from TypeScript.
 * @param {string} folder the sources of the gateway @param {string} outfile
 */
export async function buildLua(folder, outfile) {
  const [{ default: ts }, tstl] = await Promise.all([import('typescript'), import('typescript-to-lua')])
  const lua = join(folder, 'lua')
  const contract = join(folder, '../../../packages/contract/src')
  /** @type {import('typescript-to-lua').CompilerOptions} */
  const options = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: true,
    rootDir: join(folder, '../../..'),
    outDir: dirname(outfile),
    luaTarget: tstl.LuaTarget.LuaJIT,
    luaLibImport: tstl.LuaLibImportKind.RequireMinimal,
    luaBundle: basename(outfile),
    luaBundleEntry: join(lua, 'main.ts'),
    noHeader: true,
    noResolvePaths: ofNginx,
    luaPlugins: [{ plugin: resolution(lua, contract) }],
  }
  // Files of a package are only included if they are named here.
  const files = [
    ...readdirSync(lua).map((name) => join(lua, name)),
    ...['gateway-names.ts', 'bearer-token.ts', 'client-network.ts'].map((name) => join(contract, name)),
  ]
  const program = ts.createProgram(files, options)
  let text = ''
  const { diagnostics } = new tstl.Transpiler().emit({ program, writeFile: (_, written) => (text = written) })
  const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics]
  if (problems.length > 0) {
    const place = {
      getCanonicalFileName: (/** @type {string} */ name) => name,
      getCurrentDirectory: () => folder,
      getNewLine: () => '\n',
    }
    throw new Error(ts.formatDiagnostics(problems, place))
  }
  writeFileSync(outfile, text)
}
