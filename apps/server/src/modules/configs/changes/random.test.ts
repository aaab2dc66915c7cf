import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints, keyOfVariable, type Json } from '@vitrine/contract'
import { openConfigsWorld } from '../configs.test-world.ts'
import { serviceVariables } from '../effective/service-variables.ts'

const changed = configEndpoints['POST /config/{key}'].response
const effective = configEndpoints['GET /config/effective'].response
const fixed = {
  env: { ONE__ENV_A: 'of the environment' },
  file: new Map<string, Json>([
    ['env.A', 'of the file'],
    ['env.B', 'of the file'],
  ]),
}
const defaults = { 'env.B': 'of the package', 'env.C': 'of the package' }
const variables = ['A', 'B', 'C', 'D']
const keys = [...variables.map(keyOfVariable), 'custom.x']

let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld(fixed)
})
afterAll(() => world?.close())

/** Numbers that look random and are the same for the same seed (mulberry32). */
function numbersOf(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count: number) => Math.floor(next() * count)
  return { below, one: <T>(of: readonly T[]): T | undefined => of[below(of.length)] }
}

type Scope = 'system' | 'one'
type Values = ReadonlyMap<string, string>
const bodyOf = (scope: Scope) => (scope === 'one' ? { service_id: 'one', apply: false } : {})

/** A simple model of a history: the values that each scope has after each revision. */
class History {
  readonly #after = new Map<number, Record<Scope, Values>>()
  #now: Record<Scope, Values>

  constructor(begin: Values) {
    this.#now = { system: begin, one: begin }
  }

  get now(): Record<Scope, Values> {
    return this.#now
  }
  get revisions(): number[] {
    return [...this.#after.keys()]
  }
  /** Records the values of a scope after a change. A change that changes nothing has no revision. */
  note(revision: number | null, scope: Scope, values: Values): void {
    if (revision === null) return
    this.#now = { ...this.#now, [scope]: values }
    this.#after.set(revision, this.#now)
  }
  at = (revision: number, scope: Scope): Values => this.#after.get(revision)?.[scope] ?? new Map()
}

/** Makes one change with the API, and records the expected values in the model. */
async function step(history: History, numbers: ReturnType<typeof numbersOf>, value: string): Promise<void> {
  const scope: Scope = numbers.below(3) === 0 ? 'system' : 'one'
  const key = numbers.one(keys) ?? ''
  const now = history.now[scope]
  const post = async (path: string, body: object) =>
    changed.parse((await world.send('admin', 'POST', path, { ...bodyOf(scope), ...body })).json()).revision
  const revision = numbers.one(history.revisions)
  const kind = numbers.below(4)
  if (kind === 0) {
    const after = new Map([...now].filter(([name]) => name !== key))
    const change = { ...(scope === 'one' && { service_id: 'one' }), key, unset: true }
    const body = { changes: [change], ...(scope === 'one' && { apply: false }) }
    const answer = await world.send('admin', 'POST', '', body)
    return history.note(changed.parse(answer.json()).revision, scope, after)
  }
  if (kind === 1 && revision !== undefined)
    return history.note(await post('/rollback', { revision }), scope, history.at(revision, scope))
  if (kind === 2 && revision !== undefined) {
    const then = history.at(revision, scope).get(key)
    const others = [...now].filter(([name]) => name !== key)
    const after = new Map(then === undefined ? others : [...others, [key, then] as const])
    return history.note(await post(`/${key}/rollback`, { revision }), scope, after)
  }
  const secret = numbers.below(2) === 0
  return history.note(await post(`/${key}`, { value, secret }), scope, new Map([...now, [key, value]]))
}

/** The expected value of a variable of the service, and the layer that it comes from. */
function expected(name: string, { system, one }: Record<Scope, Values>) {
  const key = keyOfVariable(name)
  const layers = [
    ['environment', name === 'A' ? fixed.env.ONE__ENV_A : undefined],
    ['database', one.get(key)],
    ['database', system.get(key)],
    ['file', new Map(Object.entries(defaults)).get(key)],
    ['file', fixed.file.get(key)],
  ] as const
  return layers.find(([, value]) => value !== undefined)
}

test.each([1, 2, 3])(
  'whatever is set, removed and returned to (seed %i), each scope has what its history says, and an instance gets the layer that counts',
  async (seed) => {
    const numbers = numbersOf(seed)
    // Other seeds have left values, so each seed begins with its own values.
    const value = `first ${seed}`
    for (const scope of ['system', 'one'] as const)
      for (const key of keys) await world.send('admin', 'POST', `/${key}`, { ...bodyOf(scope), value })
    const history = new History(new Map(keys.map((key) => [key, value])))
    for (let at = 0; at < 40; at += 1) {
      await step(history, numbers, `value ${seed} ${numbers.below(3)}`)
      const where = `seed ${seed}, step ${at}`
      expect(await world.valuesOf('one'), where).toEqual(Object.fromEntries(history.now.one))
      const revision = await world.deps.configs.newest()
      const { sealer, configs } = world.deps
      const given = await serviceVariables(
        { configs, sealer, ...fixed },
        { serviceId: 'one', revision, defaults },
      )
      const wanted = variables.flatMap((name) => {
        const [, counting] = expected(name, history.now) ?? []
        return counting === undefined ? [] : [[name, counting] as const]
      })
      expect(given, where).toEqual(Object.fromEntries(wanted))
    }
    // Nothing runs, so no release brings values. The page tells the layer that applies without them.
    const { items } = effective.parse((await world.send('user', 'GET', '/effective?service_id=one')).json())
    for (const name of variables) {
      const shown = items.find(({ key }) => key === keyOfVariable(name))
      const set = [history.now.one, history.now.system].some((values) => values.has(keyOfVariable(name)))
      const source = name === 'A' ? 'environment' : set ? 'database' : name === 'B' ? 'file' : undefined
      expect(shown?.is_set === true ? shown.source : undefined, name).toBe(source)
    }
  },
)
