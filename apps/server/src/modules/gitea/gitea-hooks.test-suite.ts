import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { createGiteaClient, type GiteaClient } from '../../adapters/gitea/gitea.client.ts'
import type { TestGitea } from '../../adapters/gitea/gitea.test-setup.ts'
import { waitFor } from '../../lib/wait-for.ts'
import type { GiteaWorld as World } from './gitea.test-world.ts'

const delivered = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  repository: z.object({ full_name: z.string() }),
})
const marked = z.array(
  z.object({ status: z.string(), context: z.string(), description: z.string(), target_url: z.string() }),
)
const secret = 'f'.repeat(64)

/** Where a Gitea server on this machine delivers to. */
async function openReceiver() {
  const received: { headers: IncomingHttpHeaders; body: Buffer }[] = []
  const receiver = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ headers: request.headers, body })
      response.writeHead(202).end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = receiver.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/hook?service=x`,
    /** Waits for a delivery about a push for which this is true. */
    async delivery(is: (push: z.output<typeof delivered>) => boolean) {
      const found = await waitFor(
        () => received.find(({ body }) => is(delivered.parse(JSON.parse(body.toString('utf8'))))),
        { timeoutMs: patienceMs },
      )
      if (!found) throw new Error('there was no such delivery')
      return found
    },
    close: () => new Promise((resolve) => receiver.close(resolve)),
  }
}

/**
 * What push to deploy relies on: one branch, webhooks, and states of commits. A real server must allow deliveries to this machine
 * (`[webhook] ALLOWED_HOST_LIST`).
 */
export function giteaHooksSuite(worldOf: () => { world: World; server: TestGitea }): void {
  let receiver: Awaited<ReturnType<typeof openReceiver>>
  let client: GiteaClient
  beforeAll(async () => {
    receiver = await openReceiver()
    const { url, token } = worldOf().server
    client = createGiteaClient({ serverUrl: url, token })
  })
  afterAll(() => receiver.close())

  async function pushed() {
    const { world } = worldOf()
    const repository = await world.create()
    const folder = await world.clone(repository.fullName)
    const commit = await world.push(folder, 'main', { 'a.txt': '1' }, 'One\n\nand more')
    // A real server knows some time after a push that there are commits. Until then it sends no test delivery.
    const isKnown = async () => !(await client.repository(repository.fullName)).empty || null
    expect(await waitFor(isKnown, { timeoutMs: patienceMs })).toBe(true)
    return { ...repository, folder, commit }
  }

  test('a branch tells its newest commit with the whole message and the author', async () => {
    const { fullName, folder } = await pushed()
    const commit = await worldOf().world.push(folder, 'feature/a#b', { 'a.txt': '2' }, 'Two\n\n[skip deploy]')
    const { commit: newest } = await client.branch(fullName, 'feature/a#b')
    expect(newest).toMatchObject({ id: commit, author: { name: '李四' } })
    expect(newest.message.trimEnd()).toBe('Two\n\n[skip deploy]')
    await expect(client.branch(fullName, 'none')).rejects.toMatchObject({
      code: 'code_host.branch_not_found',
    })
  })

  test('a webhook tells of pushes, signed over the body as it is sent', async () => {
    const { fullName, folder, commit: before } = await pushed()
    const id = await client.createPushHook(fullName, { url: receiver.url, secret })
    await client.testHook(fullName, id)
    // Not the delivery of the first push, which a real server may send even now.
    await receiver.delivery((push) => push.before === before && push.after === before)
    const after = await worldOf().world.push(folder, 'main', { 'a.txt': '2' }, 'Two')
    const { headers, body } = await receiver.delivery((push) => push.after === after)
    expect(delivered.parse(JSON.parse(body.toString('utf8')))).toEqual({
      ref: 'refs/heads/main',
      before,
      after,
      repository: { full_name: fullName },
    })
    expect(headers['x-gitea-event']).toBe('push')
    expect(headers['x-gitea-signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'))
  })

  test('a webhook is deleted, and deleting it again is no failure', async () => {
    const { fullName } = await pushed()
    const id = await client.createPushHook(fullName, { url: receiver.url, secret })
    await client.deleteHook(fullName, id)
    await client.deleteHook(fullName, id)
    await expect(client.testHook(fullName, id)).rejects.toMatchObject({ code: 'gitea.repository_not_found' })
  })

  test('a commit is marked with its state, and a link', async () => {
    const { fullName, commit } = await pushed()
    const status = { url: 'https://vitrine.example/pipelines/1', context: 'vitrine/demo' }
    await client.setStatus(fullName, commit, { state: 'pending', description: '正在部署', ...status })
    await client.setStatus(fullName, commit, { state: 'success', description: '已部署', ...status })
    const { url, token } = worldOf().server
    const answer = await fetch(`${url}/api/v1/repos/${fullName}/commits/${commit}/statuses`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const states = marked.parse(await answer.json())
    expect(states).toHaveLength(2)
    expect(states).toContainEqual(
      expect.objectContaining({
        status: 'success',
        context: 'vitrine/demo',
        description: '已部署',
        target_url: status.url,
      }),
    )
  })
}
