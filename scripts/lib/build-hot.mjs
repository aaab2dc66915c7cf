import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Modules that Lua itself or nginx has. */
const ofNginx = ['ffi', 'jit.opt', 'cjson.safe', 'ngx.base64', 'ngx.balancer', 'resty.core.base']

/**
 * Finds a module as the bundler asks for it. Where the folder of the Lua parts has a file of the same name as one of njs's, it stands
 * in for it: that is how the parts that both share get at the one or the other.
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
 * Builds what Lua runs inside nginx on the way of every request: one script, of TypeScript.
 * @param {string} folder the sources of the gateway @param {string} outfile
 */
export async function buildHot(folder, outfile) {
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
  // What is in a package is taken in only where it is named.
  const files = [...readdirSync(lua).map((name) => join(lua, name)), join(contract, 'gateway-names.ts')]
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
