import { join } from 'node:path'
import { build } from 'esbuild'

const source = join(import.meta.dirname, '..', 'runtimes', 'node', 'src', 'main.ts')

/** Bundles the Node runtime as the project's build does. Resolves with the path of the program. */
export async function bundleNodeRuntime(folder: string): Promise<string> {
  const outfile = join(folder, 'main.mjs')
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  return outfile
}
