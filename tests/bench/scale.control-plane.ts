import { mkdir } from 'node:fs/promises'
import { pino } from 'pino'
import { memoryRunner } from '../../apps/server/src/adapters/process-runner/memory/memory-runner.test-setup.ts'
import { modeRunners } from '../../apps/server/src/adapters/process-runner/runners.ts'
import { parseSettings } from '../../apps/server/src/config.ts'
import { loggedError } from '../../apps/server/src/lib/logged-error.ts'
import { dataPaths } from '../../apps/server/src/lib/paths.ts'
import { openParentChannel } from '../../apps/server/src/lifecycle/parent-channel.ts'
import { findProjectRoot } from '../../apps/server/src/lifecycle/project-root.ts'
import { startControlPlane } from '../../apps/server/src/start.ts'

/**
 * A control plane that is real but for its processes: they are invented, and all of them answer at the port of the first
 * argument. So it can have more of them than the machine could run.
 */
const served = { host: '127.0.0.1', port: Number(process.argv[2]) }
const parent = openParentChannel(process.env)
const settings = parseSettings(process.env)
await mkdir(dataPaths(settings.VITRINE_DATA_DIR).root, { recursive: true, mode: 0o711 })
const plane = await startControlPlane({
  settings,
  root: await findProjectRoot(),
  rootKept: null,
  logger: pino({ level: 'warn', base: null, serializers: { err: loggedError } }),
  env: { ...process.env },
  configFile: new Map(),
  runner: modeRunners({
    standard: 'local',
    drivers: [{ mode: 'local', make: () => memoryRunner(served), wasUsed: async () => false }],
  }),
  lock: null,
  onWait: () => undefined,
  onTaken: (error) => {
    throw error
  },
})
const end = (everything: boolean) => void plane.stop({ everything }).then(() => process.exit(0))
process.on('SIGINT', () => end(true))
process.on('SIGTERM', () => end(false))
await parent?.send({ type: 'ready' })
