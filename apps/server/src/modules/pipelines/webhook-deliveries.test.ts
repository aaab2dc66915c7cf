import { createHmac } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import type { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { codeOf, openPipelinesForTest, type PipelinesWorld } from './pipelines.test-world.ts'
import { createPolling } from './polling.ts'
import { lookAtAllPreviews } from './previews.ts'
import { forgetLeftRules } from './push-rules.usecases.ts'
import { forgetOldDeliveries, isSignedWith } from './webhook-deliveries.ts'

let server: GiteaStandIn
let world: PipelinesWorld
beforeEach(async () => {
  ;({ server, world } = await openPipelinesForTest())
})

const ended = ({ state }: { state: string }) => state !== 'queued' && state !== 'running'

/** Sends a delivery as Gitea does, changed. */
const deliver = (
  { url, body, headers }: { url: string; body: string; headers: Record<string, string> },
  change: { body?: string; signature?: string | null } = {},
) => {
  const { 'x-gitea-signature': signature = '', ...others } = headers
  const given = change.signature === undefined ? signature : change.signature
  return world.app.inject({
    method: 'POST',
    url: url.replace(world.origin, ''),
    payload: change.body ?? body,
    headers: { ...others, ...(given !== null && { 'x-gitea-signature': given }), 'accept-language': 'en' },
  })
}
const refusals = async () => {
  const { items } = await world.audit.list({ page: 1, page_size: 50, q: 'refused', sort: 'created_at' })
  return items.map(({ action, target, details }) => [action, target, details['values']])
}

test('a delivery with a missing, a wrong or a repeated signature is refused, logged, and runs nothing', async () => {
  const { name, fullName: repository, folder } = await world.deployed()
  await world.watch(name)
  const [hook] = server.hooks.all
  if (!hook) throw new Error('there is no webhook')
  server.hooks.allowed = false
  const after = await world.push(folder, 'main', codeOf(2), 'one')
  const push = { repository, branch: 'main', before: '0'.repeat(40), after }
  const delivery = server.hooks.deliveryOf(hook, push)
  const codeOfAnswer = async (change: Parameters<typeof deliver>[1]) => {
    const answer = await deliver(delivery, change)
    return [answer.statusCode, answer.json().error?.code]
  }
  const refused = [401, 'pipeline.hook_refused']
  expect(await codeOfAnswer({ signature: null })).toEqual(refused)
  expect(await codeOfAnswer({ signature: 'sha256=abc' })).toEqual(refused)
  expect(await codeOfAnswer({ signature: 'a'.repeat(64) })).toEqual(refused)
  expect(await codeOfAnswer({ body: `${delivery.body} ` })).toEqual(refused)
  const elsewhere = { ...delivery, url: delivery.url.replace(name, 'no-such-service') }
  expect((await deliver(elsewhere)).statusCode).toBe(401)
  expect(await world.pipelines(name)).toEqual([])
  expect((await deliver(delivery)).json()).toEqual({ service_id: name, taken: true })
  await world.until(name, ended)
  // The same body, whatever its delivery is called.
  const again = { ...delivery, headers: { ...delivery.headers, 'x-gitea-delivery': 'another' } }
  expect((await deliver(again)).statusCode).toBe(401)
  expect(await world.pipelines(name)).toHaveLength(1)
  const action = 'refused POST /hooks/gitea'
  expect(await refusals()).toEqual([
    [action, name, { reason: 'no_signature' }],
    [action, name, { reason: 'no_signature' }],
    [action, name, { reason: 'wrong_signature' }],
    [action, name, { reason: 'wrong_signature' }],
    [action, 'no-such-service', { reason: 'unknown' }],
    [action, name, { reason: 'replayed' }],
  ])
})

test('an old delivery that is no longer remembered deploys nothing that is not the newest commit', async () => {
  const { name, fullName: repository, folder, commit: first } = await world.deployed()
  await world.watch(name)
  const [hook] = server.hooks.all
  if (!hook) throw new Error('there is no webhook')
  await world.push(folder, 'main', codeOf(2), 'one')
  await world.until(name, ended)
  const old = server.hooks.deliveryOf(hook, {
    repository,
    branch: 'main',
    before: '0'.repeat(40),
    after: first,
  })
  expect((await deliver(old)).statusCode).toBe(202)
  world.deps.clock = () => new Date(Date.now() + 40 * 24 * 3600 * 1000)
  await forgetOldDeliveries(world.deps)
  expect((await deliver(old)).statusCode).toBe(202)
  await world.deps.queue.run(`look at ${name}`, async () => undefined)
  expect(await world.pipelines(name)).toHaveLength(1)
})

test('a body that is larger than Gitea sends is refused', async () => {
  const { name } = await world.deployed()
  await world.watch(name)
  const [hook] = server.hooks.all
  const body = 'x'.repeat(1024 ** 2 + 1)
  const answer = await deliver(
    { url: hook?.url ?? '', body, headers: { 'content-type': 'application/json' } },
    { signature: 'a'.repeat(64) },
  )
  expect(answer.statusCode).toBe(413)
})

test('a signature is right for its secret and its body only, and as a whole', () => {
  const body = Buffer.from('{"ref":"refs/heads/main"}')
  const right = createHmac('sha256', 'secret').update(body).digest('hex')
  expect(isSignedWith('secret', body, right)).toBe(true)
  expect(isSignedWith('another', body, right)).toBe(false)
  expect(isSignedWith('secret', Buffer.from('{}'), right)).toBe(false)
  expect(isSignedWith('secret', body, right.slice(0, 62))).toBe(false)
})

test('where webhooks do not arrive, the page says why, and the branch is looked at', async () => {
  server.hooks.allowed = false
  const { name, folder } = await world.deployed()
  expect(await world.watch(name)).toMatchObject({ notice: 'webhook', hook: { state: 'pending' } })
  world.deps.clock = () => new Date(Date.now() + 20_000)
  const shown = (await world.ask('GET', `/services/${name}/push-deploy`)).json()
  expect(shown).toMatchObject({
    notice: 'polling',
    hook: { state: 'silent', message: expect.stringContaining('ALLOWED_HOST_LIST') },
  })
  const poll = createPolling(world.deps)
  await poll()
  expect(await world.pipelines(name)).toEqual([])
  const commit = await world.push(folder, 'main', codeOf(2), 'found')
  await poll()
  expect(await world.until(name, ended)).toMatchObject({ state: 'succeeded', commit, trigger: 'polling' })
})

test('without an address of the platform there is no webhook, and the branch is looked at', async () => {
  world.deps.hookOrigin = null
  const { name } = await world.deployed()
  expect(await world.watch(name)).toMatchObject({
    notice: 'polling',
    hook: { state: 'failed', message: expect.stringContaining('VITRINE_PUBLIC_URL') },
  })
  expect(server.hooks.all).toEqual([])
})

test('branches that a webhook tells of are looked at first, and every tenth time', async () => {
  const { name, folder } = await world.deployed()
  await world.watch(name)
  server.hooks.allowed = false
  await world.push(folder, 'main', codeOf(2), 'while nobody listened')
  const poll = createPolling(world.deps)
  await poll()
  await world.until(name, ended)
  await world.push(folder, 'main', codeOf(3), 'told by the webhook')
  for (let round = 2; round <= 10; round += 1) await poll()
  expect(await world.pipelines(name)).toHaveLength(1)
  await poll()
  expect(await world.until(name, ({ message }) => message === 'told by the webhook')).toMatchObject({
    trigger: 'polling',
  })
  await world.until(name, (row) => row.message === 'told by the webhook' && ended(row))
})

test('a look that fails is shown with the rule, until one succeeds', async () => {
  const { name } = await world.deployed()
  await world.watch(name)
  server.broken = 500
  await createPolling(world.deps)()
  const problem = async () => (await world.ask('GET', `/services/${name}/push-deploy`)).json().problem
  expect(await problem()).toContain('Gitea')
  server.broken = null
  await createPolling(world.deps)()
  expect(await problem()).toBeNull()
})

test('a service whose branches cannot be looked at keeps no other from its look', async () => {
  const id = 'own'
  await world.deploy(id, await world.upload(id, codeOf(1)))
  await world.watch(id, { previews: 1 })
  const { rules } = world.deps
  const [rule] = await rules.enabled()
  const looked: string[] = []
  const failing: typeof rules = {
    ...rules,
    enabled: async () => (rule ? [rule, { ...rule, serviceId: 'next' }] : []),
    async get(serviceId) {
      looked.push(serviceId)
      throw new Error(`no answer about ${serviceId}`)
    },
  }
  await lookAtAllPreviews({ ...world.deps, rules: failing })
  expect(looked.toSorted()).toEqual(['next', id])
  expect(world.failures.splice(0)).toHaveLength(2)
})

test('a look at the branches that ends after the rule was saved changes nothing of it', async () => {
  const id = 'own'
  await world.deploy(id, await world.upload(id, codeOf(1)))
  await world.watch(id, { previews: 1 })
  const { rules, services: stored } = world.deps
  expect(await rules.get(id)).toMatchObject({ seenBranches: {} })
  const services = {
    ...stored,
    async previews(of?: string) {
      // As if it were saved with other previews while the look goes on.
      await rules.change(id, { seenBranches: null, updatedAt: new Date(Date.now() + 1000) })
      return stored.previews(of)
    },
  }
  await lookAtAllPreviews({ ...world.deps, services })
  expect(await rules.get(id)).toMatchObject({ seenBranches: null })
})

test('a rule that is turned off or forgotten, or whose service is gone, has no webhook any more', async () => {
  const { name } = await world.deployed()
  await world.watch(name)
  const [first] = server.hooks.all
  await world.watch(name, { approval: true })
  // One that works is kept.
  expect(server.hooks.all).toEqual([first])
  await world.watch(name, { enabled: false })
  expect(server.hooks.all).toEqual([])
  await world.watch(name)
  expect((await world.ask('DELETE', `/services/${name}/push-deploy`)).statusCode).toBe(204)
  expect(server.hooks.all).toEqual([])
  expect((await world.ask('GET', `/services/${name}/push-deploy`)).json()).toMatchObject({ enabled: false })
  await world.watch(name)
  const { rules } = world.deps
  const rule = await rules.get(name)
  // Found when the service was gone, and a new one has its name and a rule by now.
  const left = async () => (rule ? [rule] : [])
  await forgetLeftRules({ ...world.deps, rules: { ...rules, left } })
  expect(await rules.get(name)).toEqual(rule)
  await world.removeService(name)
  await forgetLeftRules(world.deps)
  expect(server.hooks.all).toEqual([])
  expect(await world.deps.rules.get(name)).toBeNull()
})

test('a webhook that Gitea does not make is explained, and does not prevent the rule', async () => {
  const { name } = await world.deployed()
  server.hooks.makes = false
  expect(await world.watch(name)).toMatchObject({
    enabled: true,
    notice: 'polling',
    hook: { state: 'failed', message: expect.stringContaining('access token') },
  })
})

test('the secret of a webhook is stored encrypted only', async () => {
  const { name } = await world.deployed()
  await world.watch(name)
  const stored = JSON.stringify(await world.deps.rules.get(name))
  const secret = server.hooks.all[0]?.secret ?? ''
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  expect(stored).not.toContain(secret)
  expect((await world.ask('GET', `/services/${name}/push-deploy`)).body).not.toContain(secret)
})

test('however many deliveries come while a look goes on, one look follows', async () => {
  const { name, fullName: repository } = await world.deployed()
  await world.watch(name)
  const [hook] = server.hooks.all
  if (!hook) throw new Error('there is no webhook')
  const { queue, services } = world.deps
  let asked = 0
  const get = services.get.bind(services)
  services.get = (id) => {
    asked += 1
    return get(id)
  }
  let go = () => {}
  const goesOn = queue.run(`look at ${name}`, () => new Promise<void>((resolve) => (go = resolve)))
  const taken: unknown[] = []
  for (let n = 1; n <= 10; n += 1) {
    const push = { repository, branch: 'main', before: '0'.repeat(40), after: String(n).padStart(40, '0') }
    taken.push((await deliver(server.hooks.deliveryOf(hook, push))).json().taken)
  }
  go()
  expect(taken).toEqual(Array.from({ length: 10 }, () => true))
  // Each delivery asks which branch counts.
  expect(asked).toBe(10)
  await goesOn
  await queue.run(`look at ${name}`, async () => undefined)
  // A look asks at most twice, so ten would ask more often.
  expect(asked - 10).toBeGreaterThan(0)
  expect(asked - 10).toBeLessThan(3)
})
