import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { echo } from '../platform/packages.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { expectAccessibleInEachTheme, expectNoSidewaysScroll, takeAllLooks } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'
import { onePixel } from '../support/one-pixel.ts'

const minutes = 60_000
const blamed = z.looseObject({ lines: z.array(z.looseObject({ line: z.number() })) })
const readme = '# 回声算法\n\n<script>alert(1)</script>\n\n![](docs/dot.png)\n\n[notes](notes.txt)\n'

describeInBrowser('code in the page', () => {
  let bench: TestBench
  let t: Words
  let visit: Visit

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    const admin = await bench.platform.admin()
    const files = { ...echo('first'), 'README.md': readme, 'docs/dot.png': onePixel }
    await admin.upload({ ...files, 'notes.txt': 'one\n' }, { algorithm_id: 'told' })
    await admin.upload({ ...files, 'notes.txt': 'one\ntwo\n' }, { algorithm_id: 'told' })
    visit = await bench.visitAs('admin')
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
    await bench?.close()
  }, 3 * minutes)

  const link = (name: string) => visit.page.getByRole('link', { name, exact: true })
  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })

  test(
    'a folder is browsed with its README, whose pictures come from the repository and whose code does not run',
    async () => {
      await visit.page.goto('/algorithms/told?tab=code')
      await visit.page.getByRole('heading', { name: '回声算法' }).waitFor()
      const picture = visit.page.locator('.markdown img')
      await expect
        .poll(() => picture.getAttribute('src'))
        .toMatch(/^\/api\/v1\/algorithms\/told\/files\?.*docs%2Fdot\.png/)
      await visit.page.waitForFunction(
        () => document.querySelector<HTMLImageElement>('.markdown img')?.naturalWidth === 1,
      )
      await expect.poll(() => visit.page.locator('.markdown script').count()).toBe(0)
      await expectAccessibleInEachTheme(visit)
      await takeAllLooks(visit, 'code-folder', [1280, 390], () =>
        visit.page.getByRole('heading', { name: '回声算法' }).waitFor(),
      )
    },
    3 * minutes,
  )

  test(
    'a file has colours, the authors of its lines, and its history with what each commit changed',
    async () => {
      await visit.page.goto('/algorithms/told?tab=code&path=ai_algorithm.py')
      await visit.page.locator('.hljs-keyword').first().waitFor()
      await visit.page.goto('/algorithms/told?tab=code&path=notes.txt')
      await visit.page.getByText(t('code.blame')).click()
      await expect.poll(() => visit.page.locator('.authors a').count()).toBe(2)
      await expectAccessibleInEachTheme(visit)
      await takeAllLooks(visit, 'code-authors', [1280, 390], () =>
        visit.page.locator('.authors a').first().waitFor(),
      )
      // As of a file that very many commits have changed.
      const isBounded = (url: URL) =>
        url.pathname.endsWith('/blame') && url.searchParams.get('all') !== 'true'
      await visit.page.route(isBounded, async (route) => {
        const answer = await route.fetch()
        const told = blamed.parse(await answer.json())
        const lines = told.lines.map((line) => ({ ...line, older: line.line === 1 }))
        await route.fulfill({ response: answer, json: { ...told, lines } })
      })
      await visit.page.reload()
      await visit.page.getByText(t('code.blame_older'), { exact: true }).waitFor()
      await expectAccessibleInEachTheme(visit)
      await visit.screenshot('code-authors-older-1280')
      // While the full history cannot be read, what is known stays.
      let isDown = true
      visit.expectAnswer(/^503 GET .*\/blame$/)
      const isWhole = (url: URL) => url.pathname.endsWith('/blame') && url.searchParams.get('all') === 'true'
      await visit.page.route(isWhole, async (route) => {
        const error = { code: 'internal', message: '太忙了', details: {}, request_id: 'r-1' }
        await (isDown ? route.fulfill({ status: 503, json: { error } }) : route.continue())
      })
      await button(t('code.blame_all')).click()
      await visit.page.getByRole('alert').getByText('太忙了').waitFor()
      expect(await visit.page.locator('.authors a').count()).toBe(1)
      isDown = false
      await button(t('error.retry')).click()
      await expect.poll(() => visit.page.locator('.authors a').count()).toBe(2)
      await link(t('code.history')).click()
      await expect.poll(() => visit.page.locator('tbody tr').count()).toBe(2)
      await visit.page.locator('tbody tr').first().getByRole('link').first().click()
      const patch = visit.page.getByRole('group', { name: 'notes.txt' })
      await patch.getByText('two').waitFor()
      await expectAccessibleInEachTheme(visit)
      await takeAllLooks(visit, 'code-history', [1280, 390], () => patch.getByText('two').waitFor())
      await expectNoSidewaysScroll(visit.page)
    },
    4 * minutes,
  )

  test(
    'a small file is edited: what is not committed stays, and what moved meanwhile is shown beside it',
    async () => {
      const mine = () => visit.page.locator('textarea').first()
      await visit.page.goto('/algorithms/told?tab=code&path=notes.txt')
      await button(t('code.edit')).click()
      await mine().fill('mine\n')
      await visit.page.reload()
      await button(t('code.edit')).click()
      await expect.poll(() => mine().inputValue()).toBe('mine\n')
      const admin = await bench.platform.admin()
      await admin.upload({ ...echo('first'), 'notes.txt': 'theirs\n' }, { algorithm_id: 'told' })
      visit.expectAnswer(/^409 POST \/api\/v1\/algorithms\/told\/commits$/)
      await button(t('code.commit')).click()
      await button(t('code.go_on')).waitFor()
      await expect.poll(() => visit.page.locator('textarea').nth(1).inputValue()).toBe('theirs\n')
      await expectAccessibleInEachTheme(visit)
      await visit.screenshot('code-conflict-1280')
      await button(t('code.go_on')).click()
      await visit.page.getByLabel(t('code.message')).fill('改一下说明')
      await button(t('code.commit')).click()
      await visit.page.locator('.file .text').getByText('mine').waitFor()
      await visit.page.getByText('改一下说明').waitFor()
      await visit.page.goto('/algorithms/told?tab=versions')
      await visit.page.getByText('v4', { exact: true }).waitFor()
    },
    3 * minutes,
  )

  test(
    'a token of the repository is made, shown once with how to clone, listed, and revoked',
    async () => {
      await visit.page.goto('/algorithms/told?tab=access')
      await visit.page.getByText(t('code.tokens.empty')).waitFor()
      await button(t('code.tokens.create')).click()
      await visit.page.locator('input[name="token-name"]').fill('CI')
      await visit.page.getByText(t('code.tokens.write'), { exact: true }).click()
      await visit.page
        .getByRole('dialog')
        .getByRole('button', { name: t('code.tokens.create') })
        .click()
      const token = await visit.page.getByTestId('new-token').innerText()
      expect(token).toMatch(/^vtr_/)
      await visit.page.getByText(`git:${token}@`).waitFor()
      await button(t('settings.keys.kept')).click()
      await visit.page
        .getByText(`${token.slice(0, 8)}…`)
        .first()
        .waitFor()
      await expect.poll(() => visit.page.getByText(token).count()).toBe(0)
      await expectAccessibleInEachTheme(visit)
      await takeAllLooks(visit, 'code-tokens', [1280, 390], () =>
        visit.page
          .getByText(`${token.slice(0, 8)}…`)
          .first()
          .waitFor(),
      )
      await expectNoSidewaysScroll(visit.page)
      await button(t('code.tokens.revoke_title', { name: 'CI' }))
        .first()
        .click()
      await visit.page
        .getByRole('dialog')
        .getByRole('button', { name: t('code.tokens.revoke') })
        .click()
      await visit.page.getByText(t('code.tokens.empty')).waitFor()
    },
    3 * minutes,
  )
})
