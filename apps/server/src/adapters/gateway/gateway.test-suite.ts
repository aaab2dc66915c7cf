import { testAccess } from './access.test-suite.ts'
import { testAnswers } from './answers.test-suite.ts'
import { testEdge } from './edge.test-suite.ts'
import { testChanges } from './changes.test-suite.ts'
import type { CreateGateway } from './gateway.test-world.ts'
import { testGrants } from './grants.test-suite.ts'
import { testOwnHosts } from './own-hosts.test-suite.ts'
import { testParsing } from './parsing.test-suite.ts'
import { testRouting } from './routing.test-suite.ts'
import { testProcess } from './process.test-suite.ts'
import { testReplicas } from './replicas.test-suite.ts'
import { testRevocation } from './revocation.test-suite.ts'
import { testSockets } from './sockets.test-suite.ts'
import { testStalledClients } from './stalled-clients.test-suite.ts'
import { testStreaming } from './streaming.test-suite.ts'
import { testTables } from './tables.test-suite.ts'
import { testUnwritten } from './unwritten.test-suite.ts'
import { testUploads } from './uploads.test-suite.ts'
import { testWaking } from './waking.test-suite.ts'

/**
 * Tests for every gateway driver. A driver's test file calls this with a way to create one, and says whether
 * the process belongs to the driver, which then restarts it when it dies.
 */
export function testGateway(createGateway: CreateGateway, { ownsProcess = true } = {}): void {
  testRouting(createGateway)
  testAccess(createGateway)
  if (ownsProcess) testRevocation(createGateway)
  testGrants(createGateway)
  testAnswers(createGateway)
  testEdge(createGateway)
  testOwnHosts(createGateway)
  testParsing(createGateway)
  testStreaming(createGateway)
  testStalledClients(createGateway)
  testReplicas(createGateway)
  testSockets(createGateway)
  testUploads(createGateway)
  testTables(createGateway)
  testChanges(createGateway, { ownsProcess })
  if (ownsProcess) testProcess(createGateway)
  if (ownsProcess) testUnwritten(createGateway)
  testWaking(createGateway)
}
