// Builds everything that the platform runs into dist/: the control plane, the gateway, the runtimes, the web
// pages.
// A part whose sources have not changed is not built again.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildNjs } from './lib/build-njs.mjs'
import { buildLua } from './lib/build-lua.mjs'
import { compressFiles } from './lib/compress-files.mjs'
import { asciiOnly, httpByRequire } from './lib/quick-to-load.mjs'
import { buildIfChanged, contentHash } from './lib/stamp.mjs'
import { unbundled } from './lib/unbundled.mjs'

const root = join(import.meta.dirname, '..')
const at = (/** @type {string[]} */ ...parts) => join(root, ...parts)
// CommonJS packages in a bundle expect these names.
const esmBanner = {
  js: [
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url);',
    'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
  ].join(' '),
}

/**
 * Bundles entries for Node into a folder, each under its name. Packages in `external` are not bundled. A
 * module that is imported dynamically gets its own file beside the bundle.
 * @param {Record<string, string>} entries @param {string} folder @param {string[]} external
 */
async function bundle(entries, folder, external = []) {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, at(entry)])),
    outdir: at(folder),
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: esmBanner,
    plugins: [httpByRequire],
    external,
    write: false,
    // The names of authors are not always ASCII.
    legalComments: 'linked',
    // Before a program runs, Node reads its map and the lengths of all its lines. Without the texts of the sources,
    // spaces and comments this takes a fifth of the time. The lines stay short enough to be printed.
    sourcemap: 'linked',
    sourcesContent: false,
    minifyWhitespace: true,
    lineLimit: 160,
    logLevel: 'error',
  })
  mkdirSync(at(folder), { recursive: true })
  for (const { path, text } of outputFiles) writeFileSync(path, path.endsWith('.js') ? asciiOnly(text) : text)
}

async function buildServer() {
  rmSync(at('dist/server'), { recursive: true, force: true })
  const entries = {
    main: 'apps/server/src/main.ts',
    'verify-audit': 'apps/server/src/verify-audit.ts',
    migrate: 'apps/server/src/migrate.ts',
    'schema-worker': 'apps/server/src/adapters/schema-checker/schema-worker.ts',
    'ignored-worker': 'apps/server/src/modules/images/ignored-worker.ts',
    'recognition-worker': 'apps/server/src/modules/algorithms/recognition/recognition-worker.ts',
    'document-worker': 'apps/server/src/modules/service-apis/document-worker.ts',
    'export-worker': 'apps/server/src/modules/configs/export/export-worker.ts',
  }
  // One file is read instead of two thousand: a start takes half the processor time.
  await bundle(entries, 'dist/server', unbundled)
  // This is a separate bundle, because it needs little of the shared code, and the control plane waits for it.
  await bundle({ root: 'apps/server/src/root.ts' }, 'dist/server')
}

async function buildGateway() {
  await bundle({ main: 'apps/gateway/src/main.ts' }, 'dist/gateway')
  await buildNjs(at('apps/gateway/src/njs'), at('dist/gateway/nginx.js'))
  await buildLua(at('apps/gateway/src'), at('dist/gateway/nginx.lua'))
}

async function buildRuntimes() {
  rmSync(at('dist/runtimes'), { recursive: true, force: true })
  mkdirSync(at('dist/runtimes/python'), { recursive: true })
  for (const part of ['sitecustomize.py', 'vitrine', 'vitrine_runtime', 'requirements.txt'])
    cpSync(at('runtimes/python', part), at('dist/runtimes/python', part), {
      recursive: true,
      filter: (source) => !source.includes('__pycache__'),
    })
  await bundle({ main: 'runtimes/node/src/main.ts' }, 'dist/runtimes/node')
  const { build } = await import('esbuild')
  // CommonJS files: every version of Node can load the first before a program, and the second starts quickly.
  await build({
    entryPoints: [at('runtimes/node/src/listen-on-own-address.ts'), at('runtimes/node/src/build-relay.ts')],
    outdir: at('dist/runtimes/node'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node12',
    format: 'cjs',
    logLevel: 'error',
  })
  rmSync(at('dist/runtimes/node/main.js.map'), { force: true })
  writeFileSync(at('dist/runtimes/node/package.json'), '{ "type": "module" }\n')
}

async function buildWeb() {
  const { build } = await import('vite')
  await build({ configFile: at('apps/web/vite.config.ts'), logLevel: 'warn' })
  await import('../apps/web/scripts/check-size.mjs')
  compressFiles(at('dist/web'))
}

const contract = at('packages/contract/src')
/** What is built, each part with all that its build reads. */
export const parts = [
  {
    name: 'server',
    sources: [
      at('apps/server/src'),
      at('apps/server/package.json'),
      contract,
      at('scripts/lib/unbundled.mjs'),
      at('scripts/lib/quick-to-load.mjs'),
    ],
    build: buildServer,
  },
  {
    name: 'gateway',
    sources: [
      at('apps/gateway/src'),
      contract,
      at('scripts/lib/build-njs.mjs'),
      at('scripts/lib/build-lua.mjs'),
      at('scripts/lib/quick-to-load.mjs'),
    ],
    build: buildGateway,
  },
  {
    name: 'runtimes',
    sources: [
      at('runtimes/python'),
      at('runtimes/node/src'),
      at('runtimes/node/package.json'),
      contract,
      at('scripts/lib/quick-to-load.mjs'),
    ],
    build: buildRuntimes,
  },
  {
    name: 'web',
    sources: [at('apps/web'), contract, at('docs/guide'), at('scripts/lib/compress-files.mjs')],
    build: buildWeb,
  },
]

/**
 * Builds what has changed.
 * @param {{ say?: (line: string) => void, only?: readonly string[] }} options
 */
export async function buildProject(options = {}) {
  const lock = at('package-lock.json')
  for (const part of parts) {
    if (options.only && !options.only.includes(part.name)) continue
    await buildIfChanged({
      file: at('dist/.stamps', part.name),
      stamp: contentHash([...part.sources, lock, at('scripts/build.mjs')]),
      build: () => {
        options.say?.(`building ${part.name}`)
        return part.build()
      },
    })
  }
}

if (process.argv[1] === import.meta.filename) {
  const only = process.argv.slice(2)
  await buildProject({ say: (line) => console.log(line), ...(only.length > 0 && { only }) })
}
