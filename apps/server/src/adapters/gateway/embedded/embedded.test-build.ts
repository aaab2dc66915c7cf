import { build } from 'esbuild'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DataPaths } from '../../../lib/paths.ts'
import { gatewayUnderTest } from '../gateway.test-setup.ts'
import type { GatewayPart, GatewayUnderTest } from '../gateway.test-world.ts'
import { createEmbeddedGateway } from './embedded.driver.ts'
import { findProcess } from './embedded.process.ts'

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

/** Creates an embedded gateway of this build on an empty data folder. */
export function embeddedUnderTest(
  folder: string,
  entryFile: string,
  { stalledMs }: GatewayPart = {},
): GatewayUnderTest {
  const create = (paths: DataPaths) =>
    createEmbeddedGateway({ dataPaths: paths, entryFile, nodeFile: process.execPath, env: {}, stalledMs })
  return gatewayUnderTest(folder, create, findProcess)
}
