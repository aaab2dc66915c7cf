import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, watchForeignRequests } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { openShareDialog } from './share-dialog.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

type Site = { origin: string; show: (html: string) => void; server: Server }

/** A site of others. Its name is not that of the platform, so browsers take it for another site and keep no cookies in its frames. */
async function openSite(): Promise<Site> {
  let shown = ''
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end(shown),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const { port }: Pick<AddressInfo, 'port'> =
    address === null || typeof address === 'string' ? { port: 0 } : address
  const page = (html: string) =>
    `<!doctype html><html lang="zh"><title>别人的网站</title><link rel="icon" href="data:,"><h1>别人的网站</h1>${html}`
  return { origin: `http://localhost:${port}`, show: (html) => void (shown = page(html)), server }
}

/** A link in a frame of another site. */
export function shareEmbedCases(world: InBench): void {
  let bench: TestBench
  let t: Words
  const sites: Server[] = []
  const site = async () => {
    const opened = await openSite()
    sites.push(opened.server)
    return opened
  }
  /** What each test passes on to the next. */
  const story: { code: string; friend: Site | null } = { code: '', friend: null }

  beforeAll(async () => {
    bench = world()
    t = await wordsOf('zh')
  }, 4 * minutes)
  afterAll(async () => {
    for (const server of sites) server.close()
  }, 3 * minutes)

  test(
    'its maker allows a site, copies the code, and a customer runs the link in a page of that site',
    async () => {
      const friend = await site()
      story.friend = friend
      const maker = await bench.visitAs('admin')
      const dialog = await openShareDialog(maker, t)
      await dialog.getByRole('button', { name: t('shares.create') }).click()
      await dialog.getByText(t('shares.embed.title')).click()
      await dialog.getByText(t('shares.embed.none')).waitFor()
      const entry = dialog.getByRole('textbox', { name: t('shares.embed.site') })
      await entry.fill('https://*.example.com')
      await entry.press('Enter')
      await dialog.getByText(t('shares.embed.no_site')).waitFor()
      await entry.fill(`${friend.origin}/products?id=1`)
      await dialog.getByRole('button', { name: t('shares.embed.allow'), exact: true }).click()
      story.code = await dialog.getByTestId('embed-code').innerText()
      await dialog.getByText(friend.origin, { exact: true }).waitFor()
      await expectAccessible(maker.page)
      await maker.screenshot('share-embed-code')
      await maker.close()

      friend.show(story.code)
      const customer = await bench.visitAsNobody()
      const foreign = watchForeignRequests(customer)
      await customer.page.goto(friend.origin)
      const frame = customer.page.frameLocator('iframe')
      await frame.getByRole('textbox', { name: t('stage.your_input') }).fill('银行下调利率，股市应声上涨。')
      await frame.getByRole('button', { name: t('stage.run'), exact: true }).click()
      const bars = frame.getByRole('list', { name: t('kinds.classification.name') }).getByRole('listitem')
      await bars.first().filter({ hasText: '财经' }).waitFor()
      // Neither a cookie of the link nor one of a sign-in is there, and none is needed.
      expect(await customer.page.context().cookies()).toEqual([])
      expect(foreign).toEqual([])
      await customer.screenshot('share-embedded')
      await customer.close()
    },
    3 * minutes,
  )

  test(
    'a site that is not allowed shows nothing of it',
    async () => {
      const stranger = await site()
      stranger.show(story.code)
      const customer = await bench.visitAsNobody()
      const asked: string[] = []
      customer.page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
      const refused = customer.page.waitForEvent('console', {
        predicate: (message) => message.text().includes('frame-ancestors'),
      })
      await customer.page.goto(stranger.origin)
      await refused
      const shown = customer.page.frames().map((frame) => frame.url())
      expect(shown.filter((url) => url.startsWith(bench.platform.origin))).toEqual([])
      expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([])
      customer.problems.splice(0)
      await customer.close()
    },
    3 * minutes,
  )

  test(
    'no other page of the platform can be shown in a frame of the allowed site',
    async () => {
      const { friend } = story
      if (friend === null) throw new Error('no site is allowed')
      const customer = await bench.visitAsNobody()
      friend.show(`<iframe src="${bench.platform.origin}/services"></iframe>`)
      const refused = customer.page.waitForEvent('console', {
        predicate: (message) => message.text().includes('frame-ancestors'),
      })
      await customer.page.goto(friend.origin)
      await refused
      customer.problems.splice(0)
      await customer.close()
    },
    3 * minutes,
  )
}
