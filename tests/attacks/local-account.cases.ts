import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { portsHeldBy } from '../../apps/server/src/lib/procfs/port-holder.ts'
import { asAnother, canBeAnother, connectAsAnother } from '../support/another-account.ts'
import { instancePort } from '../support/instance-port.ts'
import { processesOf } from '../support/platform-processes.ts'
import type { InWorld } from './both-gateways.world.ts'

const table = z.object({ control: z.object({ socket: z.string() }) })

/** What everybody may open: nothing of it is somebody's, and the log is the test's. */
const openToAll = [
  /^read sandbox-filter\.bpf$/,
  /^(read|list) runtimes(\/|$)/,
  /^(read|list) services\/config(\/|$)/,
  /^list gates$/,
  /^read test\.log$/,
  /^connect instance-media\/media\.sock$/,
]

/** Opens every path that it is given, in every way. Prints what succeeded. */
const openAll = `
const fs = require('node:fs')
const open = []
const tries = (what, act) => { try { act(); open.push(what) } catch {} }
for (const path of given.files) {
  tries('read ' + path, () => fs.closeSync(fs.openSync(path, 'r')))
  tries('write ' + path, () => fs.closeSync(fs.openSync(path, 'r+')))
}
for (const path of given.folders) {
  tries('list ' + path, () => fs.readdirSync(path))
  tries('change ' + path, () => fs.accessSync(path, fs.constants.W_OK))
}
for (const path of given.links) tries('follow ' + path, () => fs.readlinkSync(path))
const connects = given.sockets.map((path) => new Promise((resolve) => {
  const socket = require('node:net').connect(path)
  socket.on('connect', () => { open.push('connect ' + path); socket.destroy(); resolve() })
  socket.on('error', resolve)
}))
Promise.all(connects).then(() => process.stdout.write(JSON.stringify(open)))
`

/** Everything in a folder, by what it is. */
function contentOf(folder: string) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = (those: (entry: (typeof entries)[number]) => boolean) =>
    entries.filter(those).map(({ parentPath, name }) => join(parentPath, name))
  return {
    files: paths((entry) => entry.isFile()),
    folders: [folder, ...paths((entry) => entry.isDirectory())],
    sockets: paths((entry) => entry.isSocket()),
  }
}

/** Somebody else has an account of the machine, and no sign-in. */
export function localAccountCases(world: InWorld): void {
  test('finds no port of the control plane to forge addresses at or to read metrics from, nor one of the database', async () => {
    const { platform, attacker, admin } = world()
    const all = await processesOf(platform.dataFolder)
    const isOfGateway = ({ command }: { command: string }) => /nginx|main\.js --table/.test(command)
    const others = all.filter((one) => !isOfGateway(one)).map(({ pid }) => pid)
    expect(others).toContain(platform.pid)
    // The package brings a server of its own, which has to listen on a port (docs/operations/security.md).
    const own = instancePort((await attacker.service('hostile')).instances[0])
    expect(await portsHeldBy(others)).toEqual([own])
    expect((await platform.anonymous().request('GET', '//metrics')).status).toBe(401)
    // The gateway does reach it.
    expect((await admin.request('GET', '/auth/me')).status).toBe(200)
  })

  test.skipIf(!canBeAnother)('cannot open the control plane’s socket', async () => {
    const routes = await readFile(join(world().platform.dataFolder, 'gateway', 'routes.json'), 'utf8')
    expect(await connectAsAnother(table.parse(JSON.parse(routes)).control.socket)).toBe('EACCES')
  })

  test.skipIf(!canBeAnother)(
    'writes nothing, and opens no release, environment, log, secret, repository, socket and file of the database',
    async () => {
      const { dataFolder } = world().platform
      const content = contentOf(dataFolder)
      const has = (part: string) => content.files.some((path) => path.includes(part))
      for (const part of [
        'services/hostile/releases/1/',
        'services/logs/',
        'environments/',
        'secrets/',
        'repositories/hostile.git/',
        'postgres/',
        'gateway/',
      ])
        expect(has(`${dataFolder}/${part}`), part).toBe(true)
      expect(content.sockets.length).toBeGreaterThan(3)
      const open = z.array(z.string()).parse(await asAnother(openAll, { ...content, links: [] }))
      const found = open.map((one) => one.replace(/ .*/, (path) => ` ${relative(dataFolder, path.slice(1))}`))
      const others = found.filter((one) => !openToAll.some((rule) => rule.test(one)))
      expect(others).toEqual([])
    },
  )

  test.skipIf(!canBeAnother)('sees no variable, memory and open file of a process', async () => {
    const pids = (await processesOf(world().platform.dataFolder)).map(({ pid }) => pid)
    expect(pids.length).toBeGreaterThan(4)
    const at = (name: string) => pids.map((pid) => `/proc/${pid}/${name}`)
    const content = {
      files: [...at('environ'), ...at('mem'), ...at('maps')],
      folders: at('fd'),
      links: [...at('cwd'), ...at('root')],
      sockets: [],
    }
    const open = z.array(z.string()).parse(await asAnother(openAll, content))
    // Processes come and go; these were there when they were listed.
    expect(open).toEqual([])
  })
}
