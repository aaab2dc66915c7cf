import { access } from 'node:fs/promises'
import { describe } from 'vitest'
import type { GatewayKind } from './gateways.ts'
import type { RunnerKind } from './platform.ts'

const hasSupervisor = await access('/usr/bin/supervisord').then(
  () => true,
  () => false,
)

/**
 * Runs a suite once for each process runner. The one with Supervisor is skipped if supervisord is not
 * installed, and its name says so.
 */
export function describeRunners(name: string, suite: (runner: RunnerKind) => void): void {
  describe(`${name}, with the local runner`, () => suite('local'))
  const missing = hasSupervisor ? '' : ' (skipped: supervisord is not installed)'
  describe.skipIf(!hasSupervisor)(`${name}, with supervisord${missing}`, () => suite('supervisor'))
}

/** The runner of a platform that a suite starts for each gateway: another one beside each, where the machine has both. */
export const runnerBeside = (gateway: GatewayKind): RunnerKind =>
  gateway === 'nginx' && hasSupervisor ? 'supervisor' : 'local'
