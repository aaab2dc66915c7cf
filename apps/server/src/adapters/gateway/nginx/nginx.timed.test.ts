import { describe } from 'vitest'
import { testSetup } from '../gateway.test-setup.ts'
import { testKeepAlive } from '../keep-alive.test-suite.ts'
import { testGrantedStreams } from '../grants.test-suite.ts'
import { testRevokedStreams } from '../revoked-streams.test-suite.ts'
import { buildScripts, isLuaInstalled, isNginxInstalled, ownNginxUnderTest } from './nginx.test-build.ts'
import { systemNginxUnderTest } from './nginx.test-system.ts'

const setup = testSetup('gate.js', buildScripts)
const missing = isNginxInstalled ? '' : ' (skipped: nginx or its njs is not installed)'

describe.skipIf(!isNginxInstalled)(`nginx as gateway${missing}`, () => {
  testKeepAlive(() => ownNginxUnderTest(setup, {}, () => isLuaInstalled))
})
describe.skipIf(!isLuaInstalled)(
  `nginx with Lua as gateway${isLuaInstalled ? '' : ' (skipped: nginx or its Lua is not installed)'}`,
  () => {
    testRevokedStreams(() => ownNginxUnderTest(setup, {}, () => true))
    testGrantedStreams(() => ownNginxUnderTest(setup, {}, () => true))
  },
)
describe.skipIf(!isNginxInstalled)(`the system’s nginx as gateway${missing}`, () => {
  testKeepAlive(async () => (await systemNginxUnderTest(setup)).under)
})
