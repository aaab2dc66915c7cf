import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openSharesWorld, refusal } from './shares.test-world.ts'
import { shareVisitors } from './shares.tables.ts'

let world: Awaited<ReturnType<typeof openSharesWorld>>
let base: string
beforeAll(async () => {
  world = await openSharesWorld()
  await world.addService('echo')
  base = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.close())

const runnable = { kind: 'stage', target_id: 'echo', may_run: true }

test('a link that is revoked while a visitor’s stream is being opened opens no stream', async () => {
  const link = await world.link(runnable)
  const guest = world.visitor(link.token)
  const id: string = (await guest.run(['a'], { hold: true })).json().run_id
  const { runs, executor } = world.running
  let hasRevoked = () => {}
  const revoked = new Promise<void>((resolve) => (hasRevoked = resolve))
  const revoking = vi.spyOn(runs, 'get').mockImplementationOnce(async (runId) => {
    await world.send('user', 'DELETE', `/shares/${link.id}`)
    revoking.mockRestore()
    hasRevoked()
    return runs.get(runId)
  })
  const heard = fetch(`${base}/api/v1/public/shares/${link.token}/runs/${id}/events`, {
    headers: { cookie: `vitrine_visitor=${guest.cookie()}`, accept: 'text/event-stream' },
  }).then(
    (answer) => answer.text().catch(() => 'cut off'),
    () => 'cut off',
  )
  await revoked
  // A stream that was left open tells its visitor the end of the run.
  executor.cancel(id)
  await world.ended(id)
  expect(await heard).toBe('cut off')
})

test('a run that fails to begin leaves no visitor', async () => {
  const link = await world.link({ ...runnable, max_runs: 1 })
  const before = await world.db.select().from(shareVisitors)
  const failing = vi.spyOn(world.running.runs, 'insert').mockRejectedValueOnce(new Error('no room'))
  const guest = world.visitor(link.token)
  expect(refusal(await guest.run())).toEqual([500, 'internal'])
  failing.mockRestore()
  expect(guest.cookie()).toBeNull()
  expect(await world.db.select().from(shareVisitors)).toEqual(before)
  expect((await guest.send('')).json().runs_left).toBe(1)
})
