import { inArray } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { openRunsWorld } from '../runs/runs.test-world.ts'
import { runs } from '../runs/runs.tables.ts'
import { startComparison } from './comparisons.usecases.ts'

let world: Awaited<ReturnType<typeof openRunsWorld>>
beforeAll(async () => {
  world = await openRunsWorld()
  await world.addService('one')
  await world.addService('two')
})
afterAll(() => world.close())

const input = { input_data: ['hello'] }
const target = (service_id: string, extra: object = {}) => ({ service_id, ...extra })

const noRoom = new Error('no room')
/** The first run can be stored, and the second cannot. */
function failAtSecondRun() {
  const { runs: rows } = world.running
  const insert = rows.insert.bind(rows)
  return vi
    .spyOn(rows, 'insert')
    .mockImplementationOnce((row) => insert(row))
    .mockRejectedValueOnce(noRoom)
}
const failAtComparison = () => vi.spyOn(world.comparisons.comparisons, 'insert').mockRejectedValueOnce(noRoom)

test.each([
  { what: 'a run', fail: failAtSecondRun, runsBegun: 1 },
  { what: 'the comparison', fail: failAtComparison, runsBegun: 0 },
])(
  'if $what cannot be stored, no comparison is left and the runs that began are cancelled',
  async ({ fail, runsBegun }) => {
    const total = async () => (await world.send('admin', 'GET', '/comparisons')).json().total
    const before = await total()
    const known = new Set((await world.db.select({ id: runs.id }).from(runs)).map(({ id }) => id))
    const failing = fail()
    const holding = { parameters: { hold: true } }
    const targets = [target('one', holding), target('two', holding)]
    const answer = await world.send('user', 'POST', '/comparisons', { input, targets })
    failing.mockRestore()
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, 'internal'])
    expect(await total()).toBe(before)
    const begun = (await world.db.select().from(runs)).filter(({ id }) => !known.has(id))
    expect(begun.length).toBe(runsBegun)
    for (const { id, pinned } of begun)
      expect([(await world.ended(id)).status, pinned]).toEqual(['cancelled', false])
  },
)

test('each run that is kept for a comparison is named by one at any moment, also if the database is away for all that follows', async () => {
  const { comparisons, running } = world.comparisons
  const title = 'cut off'
  const named = async () => {
    const { ids } = await comparisons.page(
      { createdById: null, within: null, q: title },
      { limit: 9, offset: 0 },
    )
    return Promise.all(ids.map((id) => comparisons.brief(id)))
  }
  const insert = running.runs.insert.bind(running.runs)
  const before: unknown[] = []
  const failing = [
    vi
      .spyOn(running.runs, 'insert')
      .mockImplementationOnce(async (row) => {
        for (const found of await named()) before.push(found?.runIds.includes(row.id ?? ''))
        return insert(row)
      })
      .mockRejectedValueOnce(noRoom),
    vi.spyOn(running.runs, 'unpin').mockRejectedValueOnce(new Error('away')),
  ]
  const asked = startComparison(world.comparisons, {
    actor: testActor('user'),
    title,
    input,
    targets: ['one', 'two'].map((service_id) => ({ service_id, parameters: {} })),
  })
  await expect(asked).rejects.toBe(noRoom)
  for (const spy of failing) spy.mockRestore()
  expect(before).toEqual([true])
  const [left] = await named()
  if (!left) throw new Error('the comparison is gone, and its run stays pinned')
  expect((await world.send('user', 'DELETE', `/comparisons/${left.id}`)).statusCode).toBe(204)
  const pinned = await world.db.select().from(runs).where(inArray(runs.id, left.runIds))
  expect(pinned.map((run) => run.pinned)).toEqual([false])
})

test('runs that begin while their comparison is being deleted are cancelled, and kept for nobody', async () => {
  const { comparisons, running } = world.comparisons
  const insert = running.runs.insert.bind(running.runs)
  const begun: string[] = []
  const deleting = vi.spyOn(running.runs, 'insert').mockImplementation(async (row) => {
    if (begun.length === 0) {
      const { ids } = await comparisons.page(
        { createdById: null, within: null, q: 'deleted at once' },
        { limit: 1, offset: 0 },
      )
      for (const id of ids) await world.send('user', 'DELETE', `/comparisons/${id}`)
    }
    if (row.id) begun.push(row.id)
    return insert(row)
  })
  await startComparison(world.comparisons, {
    actor: testActor('user'),
    title: 'deleted at once',
    input,
    targets: ['one', 'two'].map((service_id) => ({ service_id, parameters: { hold: true } })),
  })
  deleting.mockRestore()
  expect(begun).toHaveLength(2)
  for (const id of begun) expect((await world.ended(id)).status).toBe('cancelled')
  const rows = await world.db.select().from(runs).where(inArray(runs.id, begun))
  expect(rows.map((run) => run.pinned)).toEqual([false, false])
})
