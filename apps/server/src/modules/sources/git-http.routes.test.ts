import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noSandbox } from '../../lib/sandbox/sandbox.ts'
import { createTestApp, testActor } from '../../../../../tests/support/test-app.ts'
import { registerGitHttp } from './git-http.routes.ts'

test('a push whose client leaves while room is taken for it leaves that room and stores nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-git-http-'))
  const events = new EventEmitter()
  const waits = once(events, 'waits')
  const closed = once(events, 'closed')
  const found = once(events, 'found')
  const left = once(events, 'left')
  const pushed: string[] = []
  const app = await createTestApp()
  app.addHook('onRequest', async (_request, reply) => {
    reply.raw.once('close', () => events.emit('closed'))
  })
  await registerGitHttp(app, {
    repositoriesFolder: folder,
    sandbox: noSandbox,
    packBytes: 1_000,
    authenticateBasic: async () => testActor('user'),
    authorise: async () => 'known',
    incoming: () => Promise.reject(new Error('nothing is new')),
    needRoom: async () => undefined,
    async takeRoom(_actor, _id, most) {
      events.emit('waits')
      await found
      return { bytes: most, giveBack: () => events.emit('left') }
    },
    async onPushed({ algorithmId }) {
      pushed.push(algorithmId)
      return ''
    },
  })
  const { hostname, port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const client = connect({ host: hostname, port: Number(port) })
  try {
    const lines = [
      'POST /git/any.git/git-receive-pack HTTP/1.1',
      'Host: any',
      'Authorization: Basic eDp5',
      'Content-Type: application/x-git-receive-pack-request',
      'Content-Length: 100',
    ]
    client.write(`${lines.join('\r\n')}\r\n\r\n`)
    await waits
    client.destroy()
    await closed
    events.emit('found')
    await expect(left).resolves.toEqual([])
    expect(pushed).toEqual([])
  } finally {
    client.destroy()
    await app.close()
    await rm(folder, { recursive: true, force: true })
  }
})
