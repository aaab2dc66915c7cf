import { parseArgs } from 'node:util'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { openDeployWorld } from './deployments.test-world.ts'

/**
 * A process that boots, deploys and waits for the end. It kills itself with SIGKILL when it is about to send
 * its nth statement. If it reaches the end before that, it exits with code 0. `--request` is the service and
 * the requested options.
 */
const { values } = parseArgs({
  options: {
    database: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    ready: { type: 'boolean', default: false },
    request: { type: 'string', default: '' },
    'kill-at': { type: 'string', default: '0' },
  },
})

let left = Number(values['kill-at'])
const logQuery = () => {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}
const pool = new pg.Pool(JSON.parse(values.database))
const world = openDeployWorld({
  db: drizzle(pool, { casing: 'snake_case', logger: { logQuery } }),
  folder: values.folder,
  becomesReady: values.ready,
  // Its package starts as its manifest says. A thread that reads that would take as long to load as all else of this process.
  recogniser: {
    readEdits: async () => [],
    readRoutes: async () => [],
    readRequirements: () => Promise.reject(new Error('a program needs nothing installed')),
  },
})
await world.boot()
const { serviceId, config } = JSON.parse(values.request)
await world.deploy(serviceId, config)
await world.settled()
await world.close()
await pool.end()
