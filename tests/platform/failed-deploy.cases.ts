import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { portEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { requestLoop } from '../support/request-loop.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { untilStepRuns } from './deploy-checks.ts'
import { broken, echo, waits } from './packages.ts'

const longTest = 120_000
const ledger = portEndpoints['GET /ports'].response
const accepted = z.object({ task_id: z.string() })

/** What a deploy changes that fails, is cancelled or is cut off: nothing. */
export function failedDeployCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(() => {
    ;({ platform, admin } = world())
  })

  /** The options that a deploy can change in addition to the code, as the API reports them. */
  const toldOf = async (id: string) => {
    const { name, timeout_s, front_host, front_port, release } = await admin.service(id)
    return { name, timeout_s, front_host, front_port, release }
  }
  const algorithmNameOf = async (id: string) =>
    (await admin.get(`/algorithms/${id}`, z.object({ name: z.string() }))).name
  const frontPortsOf = async (id: string) =>
    (await admin.get('/ports', ledger)).items.flatMap(({ kind, port, owner }) =>
      kind === 'front' && owner?.service_id === id ? [port] : [],
    )
  /** The answer of the service at a front port. Null if nobody listens. */
  const answerAt = async (host: string | null, port: number | null) =>
    fetch(`http://${host}:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ input_data: ['x'] }),
    }).then(
      (answer) => answer.text(),
      () => null,
    )
  /** Everything that a deploy can change, with new values. */
  const otherConfig = (port: number) => ({ name: '另一个名字', timeout: 77, host: '127.0.0.2', port })
  const becomes = (port: number) => ({
    name: '另一个名字',
    timeout_s: 77,
    front_host: '127.0.0.2',
    front_port: port,
  })
  describe('a deploy with another name, timeout, host and front port', () => {
    test(
      'that fails changes nothing, neither while it runs nor afterwards',
      async () => {
        const gate = join(platform.gates, 'gate-fail')
        await admin.publish('kept', echo('old'), { name: '原来的名字', timeout: 33 })
        const before = await toldOf('kept')
        const algorithmName = await algorithmNameOf('kept')
        const asked = platform.frontRange.last - 10
        await admin.upload(waits(gate), { algorithm_id: 'kept', name: '另一个名字' })
        const task = await admin.beginDeploy('kept', { service_config: otherConfig(asked) })
        await untilStepRuns(admin, task, 'verify')

        expect(await toldOf('kept')).toEqual(before)
        expect(await answerAt(before.front_host, before.front_port)).toContain('old:x')
        expect(await answerAt('127.0.0.2', asked)).toBeNull()
        // Nobody else gets the port in the meantime.
        expect(await frontPortsOf('kept')).toEqual([before.front_port, asked])

        await writeFile(gate, 'fail')
        expect((await admin.taskEnd(task)).state).toBe('failed')
        expect(await toldOf('kept')).toEqual(before)
        expect(await algorithmNameOf('kept')).toBe(algorithmName)
        expect(await answerAt(before.front_host, before.front_port)).toContain('old:x')
        expect(await answerAt('127.0.0.2', asked)).toBeNull()
        expect(await frontPortsOf('kept')).toEqual([before.front_port])

        // The requested options are gone too, so the next deploy does not use them.
        await admin.upload(echo('mended'), { algorithm_id: 'kept' })
        const again = await admin.deploy('kept')
        expect(again.state).toBe('succeeded')
        expect(await toldOf('kept')).toEqual({ ...before, release: 3 })
      },
      longTest,
    )

    test(
      'that succeeds applies them in the switch and releases the old port, and no request fails',
      async () => {
        const gate = join(platform.gates, 'gate-succeed')
        await admin.publish('moved', echo('old'), { name: '原来的名字', timeout: 33 })
        const before = await toldOf('moved')
        const asked = platform.frontRange.last - 11
        await admin.upload(waits(gate), { algorithm_id: 'moved', name: '另一个名字' })
        const loop = requestLoop(
          () => admin.predict('moved', ['x']),
          (body) => /(old|new):x/.test(body),
        )
        const task = await admin.beginDeploy('moved', { service_config: otherConfig(asked) })
        await untilStepRuns(admin, task, 'verify')
        expect(await toldOf('moved')).toEqual(before)

        await writeFile(gate, 'go')
        expect((await admin.taskEnd(task)).state).toBe('succeeded')
        expect(await toldOf('moved')).toEqual({ ...becomes(asked), release: 2 })
        expect(await algorithmNameOf('moved')).toBe('另一个名字')
        expect(await answerAt('127.0.0.2', asked)).toContain('new:x')
        expect(await answerAt(before.front_host, before.front_port)).toBeNull()
        expect(await frontPortsOf('moved')).toEqual([asked])
        expect((await loop.stop()).failures).toEqual([])
      },
      longTest,
    )

    test(
      'that fails can be repeated with all its options',
      async () => {
        const gate = join(platform.gates, 'gate-again')
        const asked = platform.frontRange.last - 12
        await admin.publish('again', echo('old'))
        await writeFile(gate, 'fail')
        await admin.upload(waits(gate), { algorithm_id: 'again' })
        const failed = await admin.deploy('again', { service_config: otherConfig(asked) })
        expect(failed.state).toBe('failed')
        await writeFile(gate, 'go')
        const { task_id: id } = await admin.post(`/tasks/${failed.id}/retry`, accepted)
        expect((await admin.taskEnd(id)).state).toBe('succeeded')
        expect(await toldOf('again')).toEqual({ ...becomes(asked), release: 3 })
      },
      longTest,
    )

    test(
      'that is cancelled changes nothing',
      async () => {
        const asked = platform.frontRange.last - 13
        await admin.publish('called-off', echo('old'))
        const before = await toldOf('called-off')
        const never = waits(join(platform.gates, 'no-such-gate'))
        await admin.upload(never, { algorithm_id: 'called-off' })
        const task = await admin.beginDeploy('called-off', { service_config: otherConfig(asked) })
        await untilStepRuns(admin, task, 'verify')
        await admin.request('POST', `/tasks/${task}/cancel`)
        expect((await admin.taskEnd(task)).state).toBe('cancelled')
        expect(await toldOf('called-off')).toEqual(before)
        expect(await frontPortsOf('called-off')).toEqual([before.front_port])
      },
      longTest,
    )
  })

  test(
    'a first deploy that fails leaves a service that has never served, with its options and without a port, which the next one gets again',
    async () => {
      const asked = platform.frontRange.last - 14
      await admin.upload(broken, { algorithm_id: 'stillborn' })
      const failed = await admin.deploy('stillborn', { service_config: otherConfig(asked) })
      expect(failed.state).toBe('failed')
      expect(await admin.service('stillborn')).toMatchObject({
        ...becomes(asked),
        front_host: null,
        front_port: null,
        desired: 'stopped',
        release: null,
      })
      expect(await answerAt('127.0.0.2', asked)).toBeNull()
      expect(await frontPortsOf('stillborn')).toEqual([])
      await admin.upload(echo('mended'), { algorithm_id: 'stillborn' })
      expect((await admin.deploy('stillborn')).state).toBe('succeeded')
      expect(await toldOf('stillborn')).toEqual({ ...becomes(asked), release: 2 })
      expect(await answerAt('127.0.0.2', asked)).toContain('mended:x')
    },
    longTest,
  )

  test(
    'a deploy whose control plane is killed continues with all its options',
    async () => {
      const gate = join(platform.gates, 'gate-killed')
      const asked = platform.frontRange.last - 15
      await admin.publish('cut', echo('old'))
      const before = await toldOf('cut')
      await admin.upload(waits(gate), { algorithm_id: 'cut' })
      const task = await admin.beginDeploy('cut', { service_config: otherConfig(asked) })
      await untilStepRuns(admin, task, 'verify')
      await platform.end('SIGKILL')
      await platform.start()
      expect(await toldOf('cut')).toEqual(before)
      expect(await frontPortsOf('cut')).toEqual([before.front_port, asked])
      await writeFile(gate, 'go')
      expect((await admin.taskEnd(task)).state).toBe('succeeded')
      expect(await toldOf('cut')).toEqual({ ...becomes(asked), release: 2 })
      expect(await frontPortsOf('cut')).toEqual([asked])
    },
    longTest,
  )
}
