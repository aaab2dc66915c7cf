import { testAccess } from './access.test-suite.ts'
import type { CreateGateway } from './gateway.test-world.ts'
import { testParsing } from './parsing.test-suite.ts'
import { testRouting } from './routing.test-suite.ts'
import { testProcess } from './process.test-suite.ts'
import { testReplicas } from './replicas.test-suite.ts'
import { testSockets } from './sockets.test-suite.ts'
import { testStreaming } from './streaming.test-suite.ts'
import { testTables } from './tables.test-suite.ts'
import { testUploads } from './uploads.test-suite.ts'
import { testWaking } from './waking.test-suite.ts'

/**
 * What every gateway driver must do. A driver's test file calls this with the way to make one, and says whether the process
 * is the driver's own, to be started again where it dies.
 */
export function testGateway(createGateway: CreateGateway, { ownsProcess = true } = {}): void {
  testRouting(createGateway)
  testAccess(createGateway)
  testParsing(createGateway)
  testStreaming(createGateway)
  testReplicas(createGateway)
  testSockets(createGateway)
  testUploads(createGateway)
  testTables(createGateway)
  if (ownsProcess) testProcess(createGateway)
  testWaking(createGateway)
}
