import { freePorts } from '../../../../../tests/support/free-ports.ts'
import { isPortFree } from '../../lib/procfs/port-holder.ts'
import type { LostPort } from './port-decision.ts'
import type { PortSource } from './process-runner.ts'

/** Ports for a runner under test. */
export type TestPorts = PortSource & {
  /** The ports that were given, in order. */
  given: { id: string; port: number; lost: LostPort | null }[]
  /**
   * Called with each port before it is returned. A foreign process that takes it then is there within
   * milliseconds.
   */
  onGiven: ((id: string, port: number) => Promise<void>) | null
}

/** Gives free ports that no other test has, without a ledger. */
export function testPorts(): TestPorts {
  const source: TestPorts = {
    host: '127.0.0.1',
    given: [],
    onGiven: null,
    async portFor(id, has, lost) {
      const isLost = has === null || lost?.port === has || !(await isPortFree('127.0.0.1', has))
      const port = isLost ? await freePorts(1) : has
      source.given.push({ id, port, lost })
      await source.onGiven?.(id, port)
      return port
    },
    // No port is given twice, so none needs to be kept or given back.
    keep: async () => undefined,
    release: async () => undefined,
  }
  return source
}
