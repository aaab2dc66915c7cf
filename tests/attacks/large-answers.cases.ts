import { expect, test } from 'vitest'
import { z } from 'zod'
import { memoryDuring } from '../support/resident-memory.ts'
import { processesOf } from '../support/platform-processes.ts'
import type { InWorld } from './both-gateways.world.ts'

const mebibyte = 1024 ** 2
const begun = z.object({ run_id: z.string() })

/** An algorithm answers with 2 GiB: of one answer, or of one line of an event stream. */
export function largeAnswerCases(world: InWorld): void {
  test.each([
    ['one answer', 'answer'],
    ['one line of an event stream', 'line'],
  ])('%s fails its run, and the control plane works on with bounded memory', async (_name, told) => {
    const { platform, attacker, admin } = world()
    const { pid } = platform
    const { before, most } = await memoryDuring(pid, async () => {
      const asked = { service_id: 'hostile', input_data: [told] }
      const { run_id } = await attacker.post('/runs', begun, asked)
      const ended = await attacker.runEnd(run_id)
      expect(ended).toMatchObject({ status: 'failed', error: { code: 'run.answer_too_large' } })
    })
    expect(most - before).toBeLessThan(600 * mebibyte)
    expect((await admin.predict('mine', ['x'])).status).toBe(200)
    expect(platform.pid).toBe(pid)
  })

  test.each(['answer', 'line'])('passes the gateway, which holds nothing of it (%s)', async (told) => {
    const { platform, attacker, admin } = world()
    const gateways = (await processesOf(platform.dataFolder)).filter(({ command }) =>
      /^nginx: worker process$|main\.js --table/.test(command),
    )
    expect(gateways).not.toEqual([])
    const read = async () => {
      const abort = new AbortController()
      const options = { json: { input_data: [told] }, signal: abort.signal }
      const { body } = await attacker.request('POST', '//ai/hostile/predict', options)
      let bytes = 0
      for await (const chunk of body ?? []) {
        bytes += chunk.length
        if (bytes > 200 * mebibyte) break
      }
      abort.abort()
      expect(bytes).toBeGreaterThan(200 * mebibyte)
    }
    // All processes of the gateway are looked at while the answer passes through one of them.
    const reading = read()
    const measured = await Promise.all(gateways.map(({ pid }) => memoryDuring(pid, () => reading)))
    for (const { before, most } of measured) expect(most - before).toBeLessThan(100 * mebibyte)
    expect((await admin.predict('mine', ['x'])).status).toBe(200)
  })
}
