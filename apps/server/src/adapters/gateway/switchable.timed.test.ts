import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { signalPid } from '../../../../../tests/support/signals.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { dataPaths } from '../../lib/paths.ts'
import { buildEmbedded } from './embedded/embedded.test-build.ts'
import { createEmbeddedGateway } from './embedded/embedded.driver.ts'
import { findProcess } from './embedded/embedded.process.ts'
import { ask } from './gateway.test-client.ts'
import { apiKey, createWorld, route, type GatewayWorld } from './gateway.test-world.ts'
import { findNginx, ownNginx } from './nginx/nginx.process.ts'
import { createNginxGateway } from './nginx/nginx.driver.ts'
import {
  buildScripts,
  isLuaInstalled,
  isNginxInstalled,
  luaBeside,
  nginxProgram,
} from './nginx/nginx.test-build.ts'
import { readTable } from './nginx/nginx.state-files.ts'
import { bearer, revoke } from './revocation.test-suite.ts'
import { createSwitchableGateway, type SwitchableGateway } from './switchable.ts'

describe.skipIf(!isNginxInstalled)(
  isNginxInstalled
    ? 'switching the gateway'
    : 'switching the gateway (skipped: nginx or its njs is not installed)',
  () => {
    let folder = ''
    let world: GatewayWorld
    let gateway: SwitchableGateway
    let create: (first: 'nginx' | 'embedded') => SwitchableGateway
    /** Whether an nginx that is started from now on has Lua. */
    let hasLua = false
    /** Whether an embedded gateway that is started from now on ends at once. */
    let isBroken = false
    /** How long an embedded gateway needs before it begins to release its addresses, as on a busy machine. */
    let releaseMs = 0

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vitrine-switching-'))
      await buildEmbedded(join(folder, 'main.js'))
      await buildScripts(join(folder, 'gate.js'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    beforeEach(async () => {
      hasLua = false
      isBroken = false
      releaseMs = 0
      const paths = dataPaths(await mkdtemp(join(folder, 'data-')))
      const entryFile = join(folder, 'main.js')
      const scriptFile = join(folder, 'gate.js')
      const host = () => ownNginx(nginxProgram(paths, hasLua ? luaBeside(scriptFile) : null))
      create = (first) =>
        createSwitchableGateway({
          drivers: {
            nginx: (letGo) => createNginxGateway({ dataPaths: paths, scriptFile, host: host(), letGo }),
            embedded: () => {
              const nodeFile = isBroken ? '/bin/false' : process.execPath
              const embedded = createEmbeddedGateway({ dataPaths: paths, entryFile, nodeFile, env: {} })
              const shutdown = embedded.shutdown.bind(embedded)
              embedded.shutdown = () => delay(releaseMs).then(shutdown)
              return embedded
            },
          },
          first,
          running: async () =>
            (await findNginx(paths)) ? 'nginx' : (await findProcess(paths)) ? 'embedded' : null,
          lastTable: () => readTable(paths.gatewayTable),
          onError: (error) => expect.unreachable(String(error)),
        })
      gateway = create('embedded')
      world = await createWorld(async () => ({
        gateway,
        createAgain: () => gateway,
        accessLogFile: paths.accessLog,
        files: { table: paths.gatewayTable, keys: paths.gatewayKeys },
        pid: async () => (await findNginx(paths))?.pid ?? (await findProcess(paths))?.pid ?? 0,
        dispose: () => gateway.shutdown(),
      }))
    })
    afterEach(() => world.dispose())

    const kindNow = async () => [gateway.kind, (await ask(world.port, '/ai/a/')).status]

    test('the other driver takes over the same table quickly, in both directions', async () => {
      await world.serve([route('a', [await world.instance()])])
      for (const kind of ['nginx', 'embedded'] as const) {
        let isOver = false
        let lastAnswer = performance.now()
        let longestGap = 0
        const call = async () => {
          while (!isOver) {
            const status = await ask(world.port, '/ai/a/').then(
              (answer) => answer.status,
              () => 0,
            )
            if (status !== 200) continue
            longestGap = Math.max(longestGap, performance.now() - lastAnswer)
            lastAnswer = performance.now()
          }
        }
        lastAnswer = performance.now()
        const calling = call()
        await gateway.switchTo(kind)
        isOver = true
        await calling
        // About 100 ms on an idle machine. Other tests run at the same time.
        expect(longestGap).toBeLessThan(2_000)
        expect(await kindNow()).toEqual([kind, 200])
      }
    })

    test('has ended only when the next driver listens, although the former one is slow to release the address', async () => {
      releaseMs = 800
      await world.serve([route('a', [await world.instance()])])
      await gateway.switchTo('nginx')
      expect(await kindNow()).toEqual(['nginx', 200])
    })

    test.each(['nginx', 'embedded'] as const)(
      'when %s takes over, the former driver finishes its request, and its process then ends',
      async (kind) => {
        let finish = () => {}
        const upstream = await world.instance((req, res) => {
          if (req.url !== '/slow') return res.end('quick')
          res.write('begun ')
          finish = () => res.end('finished')
        })
        await world.serve([route('a', [upstream])])
        if (kind === 'embedded') await gateway.switchTo('nginx')
        const before = await world.pid()
        const underWay = ask(world.port, '/ai/a/slow')
        await waitFor(() => upstream.requests.length > 0, { timeoutMs: patienceMs })
        await gateway.switchTo(kind)
        expect(await gateway.inFlight(['one'])).toBe(1)
        finish()
        expect((await underWay).body).toBe('begun finished')
        await expect.poll(() => gateway.inFlight(['one']), { timeout: patienceMs }).toBe(0)
        expect(await world.pid()).not.toBe(before)
      },
    )

    test.each(isLuaInstalled ? (['njs', 'Lua'] as const) : (['njs'] as const))(
      'keys are known and revoked logins are refused after each switch, also by nginx with %s',
      async (script) => {
        hasLua = script === 'Lua'
        const { key, entry } = apiKey()
        const credentials = [await world.token({ sid: 'ended' }), await world.token({ sid: 'other' }), key]
        const statuses = async () => {
          const found: number[] = []
          for (const one of credentials)
            found.push((await ask(world.port, '/ai/a/', { headers: bearer(one) })).status)
          return found
        }
        await world.serve([route('a', [await world.instance()], { auth: 'required' })])
        await gateway.applyKeys({ version: 1, keys: [entry], revoked: [revoke('session:ended')] })
        for (const kind of ['nginx', 'embedded', 'nginx'] as const) {
          await gateway.switchTo(kind)
          expect([kind, await statuses()]).toEqual([kind, [401, 200, 200]])
        }
      },
    )

    test('a switch that fails leaves the former process serving, and the next control plane finds it', async () => {
      await world.serve([route('a', [await world.instance()])])
      await gateway.switchTo('nginx')
      const before = await world.pid()
      isBroken = true
      await expect(gateway.switchTo('embedded')).rejects.toMatchObject({ code: 'gateway.unavailable' })
      expect([await world.pid(), ...(await kindNow())]).toEqual([before, 'nginx', 200])
      await gateway.close()
      gateway = create('nginx')
      await gateway.open()
      expect([await world.pid(), ...(await kindNow())]).toEqual([before, 'nginx', 200])
    })

    test('a killed nginx is replaced at once, although its workers still have the address', async () => {
      await world.serve([route('a', [await world.instance()])])
      await gateway.switchTo('nginx')
      await gateway.close()
      gateway = create('nginx')
      await gateway.open()
      const before = await world.pid()
      signalPid(before, 'SIGKILL')
      const killedAt = performance.now()
      const isAnother = async () => ![0, before].includes(await world.pid())
      const answers = async () => (await ask(world.port, '/ai/a/').catch(() => null))?.status === 200
      const isReplaced = async () => (await isAnother()) && (await answers())
      expect(await waitFor(isReplaced, { timeoutMs: patienceMs })).toBe(true)
      // Where it waits for another driver, it does so for five seconds before it starts.
      expect(performance.now() - killedAt).toBeLessThan(5_000)
    })

    test('a control plane that starts with another driver replaces the process of the former one', async () => {
      await world.serve([route('a', [await world.instance()])])
      await gateway.close()
      gateway = create('nginx')
      await gateway.open()
      expect(await kindNow()).toEqual(['nginx', 200])
    })
  },
)
