import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { GiteaStandIn } from '../../apps/server/src/adapters/gitea/gitea.test-setup.ts'
import { type Visit } from '../support/browser.ts'
import { testPassword } from '../support/platform.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import type { InBench } from './shared-bench.ts'
import type { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

/** Whoever may configure, and is no administrator. */
export function forAdministratorsCases(world: InBench): void {
  let bench: TestBench
  let gitea: GiteaStandIn
  let t: Words
  let visit: Visit

  beforeAll(async () => {
    bench = world()
    gitea = await GiteaStandIn.open()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    const permissions = ['showcase.read', 'services.read', 'config.manage']
    const made = z.object({ id: z.string() })
    const { id: custom_role_id } = await admin.post('/roles', made, { name: 'configures', permissions })
    const person = { username: 'configurer', password: testPassword, role: 'user', custom_role_id }
    await admin.post('/users', made, person)
    const settings = { server_url: gitea.url, access_token: gitea.token, default_owner: gitea.owner }
    await admin.post('/gitea/config', z.unknown(), settings)
    visit = await bench.visitAs('configurer')
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
    await gitea?.close()
  }, 3 * minutes)

  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })

  test(
    'reads the settings of Gitea, and is told who changes them',
    async () => {
      await visit.page.goto('/gitea')
      await visit.page.getByText(t('gitea.form.fixed.administrators')).waitFor()
      await visit.page.getByText(t('gitea.state.connected'), { exact: true }).waitFor()
      expect(await visit.page.locator('input[name="server"]').inputValue()).toBe(gitea.url)
      for (const name of ['server', 'token', 'owner', 'prefix'])
        expect([name, await visit.page.locator(`input[name="${name}"]`).isDisabled()]).toEqual([name, true])
      expect(await button(t('gitea.form.save')).count()).toBe(0)
      expect(await button(t('gitea.forget')).count()).toBe(0)
      await expectNoSidewaysScroll(visit.page)
      await expectAccessible(visit.page)
    },
    2 * minutes,
  )

  test(
    'enters no value that takes effect for everybody, and the others',
    async () => {
      await visit.page.goto('/configuration?q=media.allow_urls')
      await visit.page.getByRole('button', { name: /media\.allow_urls/ }).click()
      await visit.page.getByText(t('configuration.administrators_only')).waitFor()
      expect(await visit.page.getByRole('switch').count()).toBe(0)
      await expectAccessible(visit.page)
      await visit.page.goto('/configuration?q=uploads.media_max_mb')
      await visit.page.getByRole('button', { name: /uploads\.media_max_mb/ }).click()
      await visit.page.getByLabel('uploads.media_max_mb', { exact: true }).waitFor()
      await button(t('configuration.add')).click()
      await visit.page.getByText(t('configuration.new.administrators_only')).waitFor()
      expect(
        await visit.page.getByRole('radio', { name: t('configuration.new.kinds.env') }).isDisabled(),
      ).toBe(true)
      await expectAccessible(visit.page)
    },
    2 * minutes,
  )
}
