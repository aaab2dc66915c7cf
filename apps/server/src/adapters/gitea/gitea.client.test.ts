import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { answer } from './gitea-answer.test-setup.ts'
import { createGiteaClient } from './gitea.client.ts'

/** A client of a server that creates every repository, and finds by a name the one that `found` says. */
async function clientOf(found: (name: string) => string) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    asked.push(`${method} ${url}`)
    request.resume()
    if (method === 'DELETE') return void response.writeHead(204).end()
    const full_name = method === 'POST' ? 'team/vitrine-test.git' : found(url.slice('/api/v1/repos/'.length))
    const place = { default_branch: 'main', clone_url: '', html_url: '', updated_at: '2026-01-01T00:00:00Z' }
    return answer(response, 201, {
      full_name,
      description: '',
      private: true,
      empty: true,
      size: 0,
      ...place,
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = createGiteaClient({ serverUrl: `http://127.0.0.1:${address.port}`, token: 'x' })
  return { client, asked }
}
const path = '/api/v1/repos/team/vitrine-test.git'

test('what a server creates although it should refuse the name is deleted at once', async () => {
  const { client, asked } = await clientOf((name) => name)
  expect(await client.creation({ owner: 'team', isOwn: true })).toEqual({ may: true })
  expect(asked).toEqual(['POST /api/v1/user/repos', `GET ${path}`, `DELETE ${path}`])
})

test('nothing is deleted where the server means another repository by this name', async () => {
  const { client, asked } = await clientOf((name) => name.replace(/\.git$/, ''))
  await expect(client.creation({ owner: 'team', isOwn: true })).rejects.toMatchObject({
    code: 'gitea.not_gitea',
  })
  expect(asked).toEqual(['POST /api/v1/user/repos', `GET ${path}`])
})
