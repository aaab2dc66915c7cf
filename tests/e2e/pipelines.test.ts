import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { algorithm, pipeline, pushRule } from '@vitrine/contract'
import { gitClient } from '../../apps/server/src/modules/git-host/git-client.test-setup.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000
const page = z.object({ items: z.array(pipeline) })
/** Tests of a package that pass for the word `second`, and for no other. */
const tests = [
  'from ai_algorithm import Algorithm',
  'said = Algorithm().predict(["x"])',
  'print("the package says", said)',
  'assert said == ["second:x"], said',
  '',
].join('\n')

describeInBrowser('push to deploy', () => {
  let bench: TestBench
  let admin: ApiClient
  let t: Words
  let folder: string
  let clone: string
  let run: ReturnType<typeof gitClient>
  let visit: Visit

  beforeAll(async () => {
    bench = await TestBench.open()
    t = await wordsOf('zh')
    admin = await bench.platform.admin()
    await admin.publish('pushed', { ...echo('first'), 'check.py': tests })
    folder = await mkdtemp(join(tmpdir(), 'vitrine-pipelines-e2e-'))
    clone = join(folder, 'clone')
    await mkdir(clone)
    run = gitClient(folder)
    const key = z.object({ key: z.string() })
    const { key: secret } = await admin.post('/api-keys', key, { name: 'git', scopes: ['deploy'] })
    const address = `${bench.platform.origin.replace('://', `://any:${secret}@`)}/git/pushed.git`
    expect(await run(['clone', '--quiet', address, '.'], clone)).toMatchObject({ ok: true })
    visit = await bench.visitAs('admin')
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
    await bench?.close()
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  /** Pushes a version that says this word, and resolves with what git printed. */
  async function push(word: string, message: string): Promise<string> {
    for (const [name, content] of Object.entries(echo(word))) await writeFile(join(clone, name), content)
    await run(['add', '--all'], clone)
    await run(['commit', '--quiet', '-m', message], clone)
    const pushed = await run(['push', 'origin', 'HEAD:main'], clone)
    expect(pushed).toMatchObject({ ok: true })
    return pushed.output
  }
  /** The pipeline of a message when it has ended. */
  async function end(message: string) {
    const isOver = async () => {
      const { items } = await admin.get('/pipelines', page)
      return items.find((one) => one.message === message && one.finished_at !== null)
    }
    const found = await waitFor(isOver, { timeoutMs: 2 * minutes, everyMs: 200 })
    if (!found) throw new Error(JSON.stringify(await admin.get('/pipelines', page)))
    return found
  }
  /** A pipeline when it has ended. */
  async function endOf(id: string) {
    const isOver = async () => {
      const one = await admin.get(`/pipelines/${id}`, pipeline)
      return one.finished_at === null ? undefined : one
    }
    const found = await waitFor(isOver, { timeoutMs: 2 * minutes, everyMs: 200 })
    if (!found) throw new Error(JSON.stringify(await admin.get('/pipelines', page)))
    return found
  }
  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })

  test(
    'a person who sees no pipelines is led to a service, where the rule is turned on',
    async () => {
      await visit.page.goto('/pipelines')
      await visit.page.getByText(t('pipelines.empty'), { exact: true }).waitFor()
      await visit.screenshot('pipelines-empty-1280')
      await expectAccessible(visit.page)
      await visit.page.getByRole('link', { name: t('pipelines.choose') }).click()
      await visit.page.goto('/services/pushed?tab=push')
      await visit.page.getByLabel(t('pipelines.rule.test'), { exact: true }).fill('python check.py')
      // The switch itself is hidden below its picture.
      await visit.page.locator('.el-switch:has(#push-on)').click()
      await visit.page.locator('#push-previews').fill('2')
      await button(t('service_settings.save')).click()
      await visit.page.getByText(t('pipelines.notice.push', { branch: 'main' })).waitFor()
      expect(await admin.get('/services/pushed/push-deploy', pushRule)).toMatchObject({ previews: 2 })
      await visit.screenshot('pipelines-rule-1280')
      await expectAccessible(visit.page)
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('pipelines-rule-390')
      await visit.page.setViewportSize({ width: 1280, height: 800 })
    },
    2 * minutes,
  )

  test(
    'a push that passes its tests serves, and its page shows steps, output and what changed',
    async () => {
      const [link = 'no link'] = /http\S+\/pipelines\S+/.exec(await push('second', '第二版')) ?? []
      expect(await end('第二版')).toMatchObject({ state: 'succeeded', trigger: 'push', release: 2 })
      expect(await (await admin.predict('pushed', ['x'])).text()).toContain('second:x')
      // The address that git prints leads to the pipeline.
      await visit.page.goto(link)
      await visit.page.getByRole('link', { name: '第二版' }).click()
      await visit.page.getByText(t('pipelines.states.succeeded'), { exact: true }).waitFor()
      await visit.page.getByText('ai_algorithm.py').first().waitFor()
      await visit.page.getByText('python check.py').first().waitFor({ state: 'attached' })
      await visit.screenshot('pipeline-1280')
      await expectAccessible(visit.page)
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('pipeline-390')
      await visit.page.setViewportSize({ width: 1280, height: 800 })
    },
    4 * minutes,
  )

  test(
    'a push that does not pass says why, and the release before it serves on',
    async () => {
      await push('broken', '坏了')
      const failed = await end('坏了')
      expect(failed).toMatchObject({ state: 'failed', release: null })
      expect(failed.reason).toContain('AssertionError')
      expect(await (await admin.predict('pushed', ['x'])).text()).toContain('second:x')
      await visit.page.goto(`/pipelines/${failed.id}`)
      await visit.page.getByText('AssertionError').first().waitFor()
      await visit.screenshot('pipeline-failed-1280')
      await button(t('pipelines.rerun')).click()
      await visit.page.waitForURL((url) => url.pathname !== `/pipelines/${failed.id}`)
      const again = await endOf(visit.page.url().split('/').at(-1) ?? '')
      expect(again).toMatchObject({ state: 'failed', trigger: 'manual', commit: failed.commit })
      await visit.page.goto('/pipelines')
      const line = visit.page
        .getByRole('row')
        .filter({ has: visit.page.locator(`a[href="/pipelines/${again.id}"]`) })
      await line.getByText(t('pipelines.states.failed'), { exact: true }).waitFor()
      await visit.screenshot('pipelines-1280')
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('pipelines-390')
    },
    4 * minutes,
  )

  test(
    'a second service of the algorithm gets what the first has come to serve',
    async () => {
      const { previous_commit: first } = await end('第二版')
      const deployed = await admin.deploy('pushed', { service_id: 'production', ref: first })
      expect(deployed.state).toBe('succeeded')
      await visit.page.setViewportSize({ width: 1280, height: 800 })
      await visit.page.goto('/services/production?tab=push')
      await visit.page.locator('.el-switch:has(#push-on)').click()
      await visit.page.locator('.el-select:has(#push-source)').click()
      const from = t('pipelines.rule.from', { service: 'pushed' })
      await visit.page.getByRole('option', { name: from, exact: true }).click()
      await button(t('service_settings.save')).click()
      await visit.page.getByText(t('pipelines.notice.promotion', { service: 'pushed' })).waitFor()
      await visit.screenshot('pipelines-promotion-1280')
      await expectAccessible(visit.page)
      await push('second', '第三版')
      // The promotion begins only when the first service serves the push.
      expect(await end('第三版')).toMatchObject({ state: 'succeeded' })
      const promoted = async () => {
        const { items } = await admin.get('/pipelines?service_id=production', page)
        return items.find(({ finished_at: at }) => at !== null)
      }
      const found = await waitFor(promoted, { timeoutMs: 2 * minutes, everyMs: 200 })
      expect(found).toMatchObject({ state: 'succeeded', trigger: 'promotion', promoted_from: 'pushed' })
      expect(await (await admin.predict('production', ['x'])).text()).toContain('second:x')
      await visit.page.goto(`/pipelines/${found?.id}`)
      await visit.page.getByText(t('pipelines.trigger.promotion')).waitFor()
      await visit.screenshot('pipeline-promoted-1280')
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
    },
    6 * minutes,
  )

  test(
    'a push that is no algorithm any more is told on the page of the algorithm, with why',
    async () => {
      await rm(join(clone, 'ai_algorithm.py'))
      await run(['add', '--all'], clone)
      await run(['commit', '--quiet', '-m', '没有算法'], clone)
      expect(await run(['push', '--quiet', 'origin', 'HEAD:main'], clone)).toMatchObject({ ok: true })
      const refused = async () => (await admin.get('/algorithms/pushed', algorithm)).refused_push ?? undefined
      const found = await waitFor(refused, { timeoutMs: 2 * minutes, everyMs: 200 })
      if (!found) throw new Error('no push was refused')
      await visit.page.goto('/algorithms/pushed')
      const note = visit.page
        .getByRole('note')
        .filter({ has: visit.page.getByRole('heading', { name: t('algorithms.refused_push.title') }) })
      await note.getByText('没有算法').waitFor()
      await note.getByText(found.reason.split('\n')[0] ?? '').waitFor()
      await expectAccessible(visit.page)
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('algorithm-refused-push-390')
      await visit.page.getByRole('link', { name: t('algorithms.tab.pipelines'), exact: true }).click()
      // Those of both services.
      await visit.page.getByRole('link', { name: 'production', exact: true }).first().waitFor()
      await visit.page.getByRole('link', { name: '第二版', exact: true }).first().waitFor()
      await expectNoSidewaysScroll(visit.page)
    },
    4 * minutes,
  )
})
