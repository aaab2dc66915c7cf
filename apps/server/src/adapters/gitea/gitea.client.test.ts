import { createServer, type Server } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { answer } from './gitea-answer.test-setup.ts'
import { createGiteaClient } from './gitea.client.ts'

/** A client of a server, which begins to listen, and ends with the test. */
async function clientAt(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return createGiteaClient({ serverUrl: `http://127.0.0.1:${address.port}`, token: 'x' })
}

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
      id: 1,
      full_name,
      description: '',
      private: true,
      empty: true,
      size: 0,
      ...place,
    })
  })
  return { client: await clientAt(server), asked }
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

/** A server that gives no more than 30 branches at once, and the pages that it was asked for. */
async function serverOf(branches: number, tellsTotal: boolean) {
  const pages: string[] = []
  const server = createServer(({ url = '' }, response) => {
    const page = new URL(url, 'http://x').searchParams.get('page') ?? ''
    pages.push(page)
    const first = (Number(page) - 1) * 30
    const commit = { id: 'a'.repeat(40), message: '', timestamp: '2026-01-01T00:00:00Z' }
    const length = Math.max(0, Math.min(30, branches - first))
    const shown = Array.from({ length }, (_, at) => ({ name: `b${first + at}`, commit }))
    return answer(response, 200, shown, tellsTotal ? branches : undefined)
  })
  return { pages, client: await clientAt(server) }
}

test.each([
  ['states how many there are', true, ['1', '2', '3']],
  ['does not', false, ['1', '2', '3', '4']],
])('all branches of a server with short pages are read, where it %s', async (_which, tellsTotal, asked) => {
  const { client, pages } = await serverOf(70, tellsTotal)
  const names = (await client.branches('team/x')).map(({ name }) => name)
  expect([names.length, names.at(-1)]).toEqual([70, 'b69'])
  expect(pages).toEqual(asked)
})

/** A client of a server that answers every request with this. */
async function clientOfAnswer(answerTo: (url: URL) => unknown) {
  const pages: string[] = []
  const server = createServer(({ url = '' }, response) => {
    const asked = new URL(url, 'http://x')
    pages.push(asked.searchParams.get('page') ?? '')
    return answer(response, 200, answerTo(asked))
  })
  return { pages, client: await clientAt(server) }
}
const branchOf = (name: string, message = '') => ({
  name,
  commit: { id: 'a'.repeat(40), message, timestamp: '2026-01-01T00:00:00Z' },
})
const notGitea = { code: 'gitea.not_gitea' }

test('a list whose pages do not end is left after a hundred of them', async () => {
  const { client, pages } = await clientOfAnswer((url) => [branchOf(`b${url.searchParams.get('page')}`)])
  await expect(client.branches('team/x')).rejects.toMatchObject(notGitea)
  expect(pages).toHaveLength(100)
})

test('of a page with more names than were asked for, only as many are taken as a list may have', async () => {
  const many = Array.from({ length: 60_000 }, (_, at) => ({ name: `t${at}`, commit: { sha: 'a' } }))
  const { client, pages } = await clientOfAnswer(() => many)
  expect(await client.tags('team/x')).toHaveLength(500)
  expect(pages).toEqual(['1'])
})

test('of the long message of a commit, only the beginning of its first line is kept', async () => {
  const { client } = await clientOfAnswer((url) =>
    url.searchParams.get('page') === '1'
      ? [branchOf('a', 'x'.repeat(1_000_000)), branchOf('b', 'Fix\n\nmore')]
      : [],
  )
  const messages = (await client.branches('team/x')).map(({ commit }) => commit.message)
  expect(messages).toEqual(['x'.repeat(300), 'Fix'])
})

test('a name that no file system could keep, and a page of a repository that is no web address, are not of a Gitea', async () => {
  const long = await clientOfAnswer(() => [branchOf('b'.repeat(5_000))])
  await expect(long.client.branches('team/x')).rejects.toMatchObject(notGitea)
  const place = { default_branch: 'main', clone_url: '', updated_at: '2026-01-01T00:00:00Z', size: 0 }
  const found = { id: 1, full_name: 'team/x', description: '', private: true, empty: true, ...place }
  const script = await clientOfAnswer(() => ({ ...found, html_url: 'javascript:alert(1)' }))
  await expect(script.client.repository('team/x')).rejects.toMatchObject(notGitea)
})
