import { once } from 'node:events'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { GiteaLfs } from './gitea-lfs.ts'

test('a file is not opened for a server that died after it had said that it lacks it', async () => {
  const sha256 = 'a'.repeat(64)
  const server = createServer((_request, response) => {
    const href = `http://any/li/demo.git/info/lfs/objects/${sha256}`
    response.end(JSON.stringify({ objects: [{ oid: sha256, actions: { upload: { href } } }] }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const serverUrl = `http://127.0.0.1:${address.port}`
  const lfs = new GiteaLfs({ serverUrl, token: 'any', repository: 'li/demo' })
  let opened = 0
  const read = () => {
    opened += 1
    return Readable.from([Buffer.from('content')])
  }
  const onSent = () => {
    server.close()
    server.closeAllConnections()
  }
  await expect(lfs.send([{ sha256, size: 7, read }], { onSent })).rejects.toMatchObject({
    code: 'gitea.unreachable',
  })
  expect(opened).toBe(0)
})
