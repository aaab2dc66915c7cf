import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { build } from 'esbuild'
import { dataPaths } from '../../lib/paths.ts'
import { createEmbeddedGateway } from './embedded.driver.ts'
import { findProcess } from './embedded.process.ts'
import { testGateway } from './gateway.test-suite.ts'
import type { GatewayUnderTest } from './gateway.test-world.ts'

let folder = ''
let entryFile = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-gateway-'))
  entryFile = join(folder, 'main.js')
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await build({
    entryPoints: [join(import.meta.dirname, '../../../../gateway/src/main.ts')],
    outfile: entryFile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function createGateway(): Promise<GatewayUnderTest> {
  const paths = dataPaths(await mkdtemp(join(folder, 'data-')))
  const create = () =>
    createEmbeddedGateway({ dataPaths: paths, entryFile, nodeFile: process.execPath, env: {} })
  const gateway = create()
  return {
    gateway,
    createAgain: create,
    accessLogFile: paths.accessLog,
    pid: async () => {
      const found = await findProcess(paths)
      if (!found) throw new Error('the gateway is not running')
      return found.pid
    },
    dispose: () => gateway.shutdown(),
  }
}

describe('embedded gateway', () => testGateway(createGateway))
