import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { addressesOfMachine, canListenOn } from '../../apps/server/src/lib/machine-addresses.ts'
import { freePorts } from '../../tests/support/free-ports.ts'
import { checkAddress } from './port-check.mjs'

const hasIPv6 = canListenOn('::1', addressesOfMachine())

test.skipIf(!hasIPv6)(
  'the platform does not start if another process listens at [::1], which `localhost` means first',
  async () => {
    const port = await freePorts(1)
    const input = { host: '127.0.0.1', port, dataFolder: '/nowhere' }
    await checkAddress(input)
    const thief = createServer().listen(port, '::1')
    onTestFinished(() => void thief.close())
    await once(thief, 'listening')
    await expect(checkAddress(input)).rejects.toThrow('VITRINE_PORT')
    await expect(checkAddress({ ...input, host: '0.0.0.0' })).rejects.toThrow('VITRINE_PORT')
    await new Promise((closed) => thief.close(closed))
    await checkAddress(input)
  },
)
