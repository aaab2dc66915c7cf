import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { dataPaths, type DataPaths } from '../../lib/paths.ts'
import type { ProcessIdentity } from '../../lib/procfs/process-identity.ts'
import type { Gateway } from './gateway.ts'
import type { GatewayUnderTest } from './gateway.test-world.ts'

/**
 * What the gateways of one test file share: a folder that is removed after the tests, and in it the file that
 * `build` makes for all of them.
 */
export function testSetup(fileName: string, build: (outfile: string) => Promise<void>) {
  let folder = ''
  const builtFile = () => join(folder, fileName)
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-gateway-'))
    // The workers of nginx run as another account and must be able to pass. The contents have permissions of
    // their own.
    await chmod(folder, 0o711)
    await build(builtFile())
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return { builtFile, newFolder: (name: string) => mkdtemp(join(folder, `${name}-`)) }
}

/** Creates a gateway on an empty data folder below `folder`. `find` returns its living process. */
export function gatewayUnderTest(
  folder: string,
  create: (paths: DataPaths) => Gateway,
  find: (paths: DataPaths) => Promise<ProcessIdentity | null>,
): GatewayUnderTest {
  const paths = dataPaths(folder)
  const gateway = create(paths)
  return {
    gateway,
    createAgain: () => create(paths),
    accessLogFile: paths.accessLog,
    files: { table: paths.gatewayTable, keys: paths.gatewayKeys },
    pid: async () => {
      const found = await find(paths)
      if (!found) throw new Error('the gateway is not running')
      return found.pid
    },
    dispose: () => gateway.shutdown(),
  }
}
