import { testAccess } from './access.test-suite.ts'
import type { CreateGateway } from './gateway.test-world.ts'
import { testParsing } from './parsing.test-suite.ts'
import { testRouting } from './routing.test-suite.ts'
import { testStreaming } from './streaming.test-suite.ts'
import { testTables } from './tables.test-suite.ts'

/** What every gateway driver must do. A driver's test file calls this with the way to make one. */
export function testGateway(createGateway: CreateGateway): void {
  testRouting(createGateway)
  testAccess(createGateway)
  testParsing(createGateway)
  testStreaming(createGateway)
  testTables(createGateway)
}
