import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody } from '@vitrine/contract'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { totpCode } from '../../apps/server/src/modules/auth/second-factor/one-time-codes.ts'
import { openOidcIssuer } from '../support/oidc-issuer.ts'
import { testPassword } from '../support/platform.ts'
import { kinds } from './kinds.ts'
import { expectAccessible } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('who may do what, in a browser', () => {
  let bench: TestBench
  let issuer: Awaited<ReturnType<typeof openOidcIssuer>>
  let t: Words

  beforeAll(async () => {
    issuer = await openOidcIssuer()
    bench = await TestBench.open({
      VITRINE_OIDC_ISSUER: issuer.url,
      VITRINE_OIDC_CLIENT_ID: issuer.clientId,
      VITRINE_OIDC_CLIENT_SECRET: issuer.clientSecret,
      VITRINE_OIDC_NAME: '公司账号',
      VITRINE_OIDC_NEW_PEOPLE: 'viewer',
    })
    t = await wordsOf('zh')
    await (await bench.platform.admin()).publish('kinds', kinds)
    await bench.platform.person('guest', 'viewer')
  }, 4 * minutes)
  afterAll(async () => {
    await bench?.close()
    await issuer?.close()
  }, 3 * minutes)

  const signIn = async ({ page }: Visit, username: string, password = testPassword) => {
    await page.getByRole('textbox', { name: t('session.username') }).fill(username)
    await page.getByRole('textbox', { name: t('session.password'), exact: true }).fill(password)
    await page.getByRole('button', { name: t('session.sign_in.action'), exact: true }).click()
  }

  test(
    'a viewer runs algorithms and sees no way to deploy or operate them',
    async () => {
      const visit = await bench.visitAs('guest')
      const { page } = visit
      await page.goto('/services')
      await page.getByRole('link', { name: '各种结果' }).waitFor()
      const table = page.getByRole('table', { name: t('services.title') })
      await expect
        .poll(() => table.getByRole('row').getByRole('button').filter({ hasNotText: /\S/ }).count())
        .toBe(0)
      await expect.poll(() => page.getByRole('link', { name: t('services.deploy_new') }).count()).toBe(0)
      const places = page.getByRole('navigation', { name: t('app.navigation') }).getByRole('link')
      await expect.poll(() => places.allInnerTexts()).not.toContain(t('deploy.nav'))
      await page.getByRole('link', { name: '各种结果' }).click()
      await page.getByRole('link', { name: t('services.tab.releases') }).waitFor()
      await expect.poll(() => page.getByRole('link', { name: t('services.tab.log') }).count()).toBe(0)
      await page.goto('/deploy')
      await page.getByRole('heading', { name: t('app.no_permission.title') }).waitFor()

      await page.goto('/stage/kinds')
      await page.getByRole('textbox', { name: t('stage.your_text'), exact: true }).fill('number')
      await page.getByRole('button', { name: t('stage.run'), exact: true }).click()
      await page.getByText(t('runs.status.succeeded'), { exact: true }).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'an administrator sees of the audit log only what was refused, from its first page on',
    async () => {
      const guest = await bench.platform.anonymous().signIn('guest', testPassword)
      const refused = await guest.request('DELETE', '/services/kinds')
      expect(refused.status).toBe(403)
      const { message } = errorBody.parse(await refused.json()).error
      const visit = await bench.visitAs('admin')
      const { page } = visit
      await page.goto('/settings?tab=audit')
      const shown = async () => ({
        refused: (await page.locator('.what.refused').count()) > 0,
        done: (await page.locator('.what:not(.refused)').count()) > 0,
      })
      await expect.poll(shown).toEqual({ refused: true, done: true })
      const outcomes = page.getByRole('group', { name: t('audit.outcome.title') })
      await outcomes.getByRole('button', { name: t('audit.outcome.refused') }).click()
      await expect.poll(shown).toEqual({ refused: true, done: false })
      expect(page.url()).toContain('outcome=refused')
      // In the sentence that the person got, not as a code.
      await page.getByText(message).first().waitFor()
      await visit.screenshot('audit-refused')

      // There is no such page, so the last one is shown.
      await page.goto('/settings?tab=audit&page=9')
      await expect.poll(shown).toEqual({ refused: true, done: true })
      expect(page.url()).not.toContain('page=9')
      await outcomes.getByRole('button', { name: t('audit.outcome.refused') }).click()
      await expect.poll(shown).toEqual({ refused: true, done: false })
      expect(page.url()).not.toContain('page=')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'signing out leads to the sign-in page, and going back does not leave it',
    async () => {
      const visit = await bench.visitAs('guest')
      const { page } = visit
      // Without a sign-in there is nothing to refresh.
      visit.expectAnswer(/^401 POST \/api\/v1\/auth\/refresh$/)
      await page.goto('/')
      await page.getByRole('button', { name: t('app.sign_out') }).click()
      await page.getByRole('heading', { name: t('session.sign_in.title') }).waitFor()
      await page.goto('/services')
      await page.getByRole('heading', { name: t('session.sign_in.title') }).waitFor()

      // Signed in by keyboard, Tab begins at the top of the page, as if it had just been loaded.
      visit.expectAnswer(/^401 GET /)
      await page.getByRole('textbox', { name: t('session.username') }).fill('guest')
      const password = page.getByRole('textbox', { name: t('session.password'), exact: true })
      await password.fill(testPassword)
      await password.press('Enter')
      await page.getByRole('link', { name: '各种结果' }).waitFor()
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(t('app.skip'))
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a session that has ended leads to the sign-in page, and from there back to the previous page',
    async () => {
      const visit = await bench.visitAs('guest')
      const { page } = visit
      visit.expectAnswer(/^401 /)
      await page.goto('/services?state=good')
      await page.getByRole('link', { name: '各种结果' }).waitFor()
      await page.getByRole('textbox', { name: t('services.search') }).fill('kinds')
      await page.waitForURL(/q=kinds/)
      // Done with the same cookies, as when a password was changed on another device. The page notices it when it
      // reads the services again, which may be at once.
      expect((await page.request.post('/api/v1/auth/logout')).status()).toBe(204)
      await page.getByRole('heading', { name: t('session.sign_in.title') }).waitFor()
      await signIn(visit, 'guest')
      await page.getByRole('link', { name: '各种结果' }).waitFor()
      expect(page.url()).toContain('/services?')
      expect(page.url()).toContain('state=good')
      expect(page.url()).toContain('q=kinds')
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a wrong password is reported, and after five of them how long to wait',
    async () => {
      await bench.platform.person('forgetful', 'viewer')
      const visit = await bench.visitAsNobody()
      const { page } = visit
      visit.expectAnswer(/^(401|429) POST \/api\/v1\/auth\/(login|refresh)$/)
      await page.goto('/sign-in')
      const alert = page.getByRole('alert').filter({ hasText: /\S/ })
      for (let attempt = 1; attempt <= 5; attempt++) {
        const answer = page.waitForResponse(/auth\/login/)
        await signIn(visit, 'forgetful', 'not the password')
        await answer
        await alert.waitFor()
        if (attempt === 1) await visit.screenshot('sign-in-wrong')
      }
      await expect.poll(() => alert.innerText()).toMatch(/密码/)
      // At once, because the first wait is only half a minute.
      await signIn(visit, 'forgetful')
      await alert.getByText(/\d+ 秒/).waitFor()
      await visit.close()
    },
    2 * minutes,
  )

  test(
    'a second factor is set up with its code, and a recovery code then signs in once',
    async () => {
      await bench.platform.person('careful', 'user')
      const visit = await bench.visitAs('careful')
      const { page } = visit
      await page.goto('/account')
      await page.getByRole('button', { name: t('settings.second_factor.turn_on') }).click()
      const part = page.locator('section').filter({ hasText: t('settings.second_factor.about') })
      await part.getByLabel(t('settings.account.current')).fill(testPassword)
      await part.getByRole('button', { name: t('settings.second_factor.next') }).click()
      await part.getByRole('img', { name: t('settings.second_factor.qr') }).waitFor()
      await visit.screenshot('second-factor-set-up')
      const secret = await part.locator('.secret code').innerText()
      await part.getByLabel(t('settings.second_factor.first_code')).fill(totpCode(secret, new Date()))
      await part.getByRole('button', { name: t('settings.second_factor.turn_on') }).click()
      const codes = part.getByRole('list', { name: t('settings.second_factor.codes') }).getByRole('listitem')
      await expect.poll(() => codes.count()).toBe(10)
      await visit.screenshot('second-factor-codes')
      const code = await codes.first().innerText()
      await part.getByRole('button', { name: t('settings.keys.kept') }).click()
      await part.getByRole('button', { name: t('settings.second_factor.turn_off') }).waitFor()
      await visit.screenshot('second-factor-on')
      await visit.close()

      const later = await bench.visitAsNobody()
      later.expectAnswer(/^(401|422) POST \/api\/v1\/auth\/(login|refresh)$/)
      await later.page.goto('/sign-in')
      await signIn(later, 'careful')
      const field = later.page.getByRole('textbox', { name: t('session.code') })
      await field.fill('000000')
      await later.screenshot('sign-in-code')
      await later.page.getByRole('button', { name: t('session.sign_in.action'), exact: true }).click()
      await later.page.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
      // The field waits for another code.
      await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true)
      await later.page.keyboard.type(code)
      await later.page.keyboard.press('Enter')
      await later.page.getByRole('button', { name: t('app.sign_out') }).waitFor()
      await later.close()
    },
    2 * minutes,
  )

  test(
    'an account of another server signs in and comes back to the page that was asked for, and a foreign answer is explained',
    async () => {
      const visit = await bench.visitAsNobody()
      const { page } = visit
      visit.expectAnswer(/^401 POST \/api\/v1\/auth\/refresh$/)
      await page.goto('/services?state=good')
      await page.getByRole('button', { name: t('session.oidc.action', { name: '公司账号' }) }).click()
      await page.getByRole('link', { name: '各种结果' }).waitFor()
      expect(page.url()).toContain('/services?state=good')
      await page.getByText('lin@example.com', { exact: true }).first().waitFor()
      await visit.close()

      const foreign = await bench.visitAsNobody()
      foreign.expectAnswer(/^\d+ POST \/api\/v1\/auth\/(refresh|oidc\/finish)$/)
      await foreign.page.goto('/sign-in/oidc?code=foreign&state=foreign')
      await foreign.page.getByRole('alert').filter({ hasText: /\S/ }).waitFor()
      // The code stays neither in the address nor in the history.
      expect(foreign.page.url()).not.toContain('foreign')
      await expectAccessible(foreign.page)
      await foreign.screenshot('sign-in-elsewhere-refused')
      await foreign.page.getByRole('link', { name: t('session.oidc.again') }).click()
      await foreign.page
        .getByRole('button', { name: t('session.oidc.action', { name: '公司账号' }) })
        .waitFor()
      await expectAccessible(foreign.page)
      await foreign.screenshot('sign-in-elsewhere')
      await foreign.close()
    },
    2 * minutes,
  )

  test(
    'the language, the theme and the first page that a person chooses hold in the next browser where they sign in',
    async () => {
      await bench.platform.person('traveller', 'user')
      const visit = await bench.visitAs('traveller')
      const { page } = visit
      await page.goto('/account')
      const stored = async (choose: () => Promise<unknown>) => {
        const answer = page.waitForResponse(
          (response) => response.request().method() === 'POST' && response.url().endsWith('/api/v1/config'),
        )
        await choose()
        expect((await answer).status()).toBe(200)
      }
      await page.locator('.start-page').click()
      await stored(() => page.getByRole('option', { name: t('services.title'), exact: true }).click())
      await stored(() => page.getByRole('radio', { name: t('app.theme.dark') }).click())
      await stored(() => page.getByRole('button', { name: t('app.switch_language') }).click())
      await visit.close()

      const next = await bench.visitAsNobody()
      next.expectAnswer(/^401 POST \/api\/v1\/auth\/refresh$/)
      await next.page.goto('/sign-in')
      await signIn(next, 'traveller')
      const english = await wordsOf('en')
      await next.page.getByRole('heading', { name: english('services.title'), exact: true }).waitFor()
      await next.page.waitForFunction(() => document.documentElement.classList.contains('dark'))
      expect(new URL(next.page.url()).pathname).toBe('/services')
      await next.close()
    },
    2 * minutes,
  )
})
