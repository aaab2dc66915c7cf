import { build } from 'esbuild'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Builds the embedded gateway's process. */
export async function buildEmbedded(outfile: string): Promise<void> {
  await writeFile(join(dirname(outfile), 'package.json'), '{"type":"module"}')
  await build({
    entryPoints: [join(import.meta.dirname, '../../../../../gateway/src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
}
