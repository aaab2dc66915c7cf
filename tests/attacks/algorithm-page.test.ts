import { publicAddressAdditions, siteWideHeaders, userEndpoints } from '@vitrine/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { describeGateways } from '../support/gateways.ts'
import { runnerBeside } from '../support/runners.ts'
import { TestBench } from '../e2e/test-bench.ts'
import { hostilePage, planted } from './algorithm-page.package.ts'

const people = userEndpoints['GET /users'].response

describeInBrowser('a hostile page of an algorithm', () =>
  describeGateways('opened by an administrator', (gateway) => {
    let bench: TestBench
    let admin: ApiClient
    /** Where its page is: below the public address, and at its front port. */
    const addresses = { path: '', front: '' }

    beforeAll(async () => {
      bench = await TestBench.open({
        VITRINE_GATEWAY: gateway,
        VITRINE_RUNNER: runnerBeside(gateway),
      })
      admin = await bench.platform.admin()
      const { path, front_port } = await admin.publish('hostile', hostilePage)
      addresses.path = `${bench.platform.origin}${path.slice(0, -1)}`
      addresses.front = `http://127.0.0.1:${front_port}`
    })
    afterAll(() => bench?.close())

    /** Opens the page with the administrator's cookies, and waits until its script is done. */
    async function open(visit: Visit, address: string): Promise<string> {
      await visit.page.goto(address)
      await visit.page.waitForFunction(() => document.title !== 'begun')
      return visit.page.title()
    }

    const sent = async (visit: Visit, path: string) =>
      (await visit.page.context().cookies(`${bench.platform.origin}${path}`)).map(
        ({ name, value }) => `${name}=${value}`,
      )

    test.each(['path', 'front'] as const)('adds no user (%s)', async (where) => {
      const visit = await bench.visitAs('admin')
      const told = await open(visit, `${addresses[where]}/page`)
      expect(told).not.toBe('users: 201')
      const names = (await admin.get('/users', people)).items.map(({ username }) => username)
      expect(names).not.toContain(planted)
      await visit.page.context().close()
    })

    test('has an origin of its own below the public address, and its port’s at its front port', async () => {
      const visit = await bench.visitAs('admin')
      await open(visit, `${addresses.path}/page`)
      expect(await visit.page.evaluate(() => globalThis.origin)).toBe('null')
      await open(visit, `${addresses.front}/page`)
      expect(await visit.page.evaluate(() => globalThis.origin)).toBe(addresses.front)
      await visit.page.context().close()
    })

    test('is no script of the platform’s pages, even if one of them is brought to insert it', async () => {
      const visit = await bench.visitAs('admin')
      await visit.page.goto('/services')
      // The platform's own scripts run: they have made the page.
      await visit.page.locator('#app > *').first().waitFor()
      const insert = (source: string) =>
        visit.page.evaluate(
          (src) =>
            new Promise<string>((resolve) => {
              const script = document.createElement('script')
              script.addEventListener('load', () => resolve('ran'))
              script.addEventListener('error', () => resolve('refused'))
              script.src = src
              document.head.append(script)
            }),
          source,
        )
      const own = await visit.page.evaluate(() => document.querySelector('script')?.src ?? '')
      expect([own, await insert(own)]).toEqual([`${bench.platform.origin}/theme.js`, 'ran'])
      expect(await insert(`${addresses.path}/script.js`)).toBe('refused')
      expect(await visit.page.title()).not.toBe('taken over')
      await visit.page.context().close()
    })

    test.each(['path', 'front'] as const)('sets no cookie of the platform (%s)', async (where) => {
      const visit = await bench.visitAs('admin')
      const before = await sent(visit, '/api/v1/auth/me')
      await open(visit, `${addresses[where]}/cookies`)
      const after = await sent(visit, '/api/v1/auth/me')
      expect(after.filter((cookie) => cookie !== 'own=1')).toEqual(before)
      expect(after.includes('own=1')).toBe(where === 'front')
      await visit.page.context().close()
    })

    test.each(['path', 'front'] as const)('signs nobody out (%s)', async (where) => {
      const visit = await bench.visitAs('admin')
      await open(visit, `${addresses[where]}/sign-out`)
      expect((await visit.page.request.get('/api/v1/auth/me')).status()).toBe(200)
      await visit.page.context().close()
    })

    test('sends no header that acts on more than its own address', async () => {
      const headersAt = async (address: string) => {
        const headers = { authorization: `Bearer ${admin.token}` }
        return (await fetch(`${address}/all`, { headers })).headers
      }
      const path = await headersAt(addresses.path)
      expect(path.get('content-security-policy')).toBe(publicAddressAdditions['Content-Security-Policy'])
      expect([path.get('x-content-type-options'), path.getSetCookie()]).toEqual(['nosniff', []])
      const front = await headersAt(addresses.front)
      expect(front.getSetCookie()).toEqual(['own=1'])
      for (const headers of [path, front])
        expect(siteWideHeaders.filter((name) => headers.has(name))).toEqual([])
    })
  }),
)
