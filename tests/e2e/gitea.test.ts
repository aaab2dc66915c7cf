import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { algorithm, endpoints } from '@vitrine/contract'
import { createGiteaClient } from '../../apps/server/src/adapters/gitea/gitea.client.ts'
import { GiteaStandIn } from '../../apps/server/src/adapters/gitea/gitea.test-setup.ts'
import { gitClient } from '../../apps/server/src/modules/git-host/git-client.test-setup.ts'
import { echo } from '../platform/packages.ts'
import { describeInBrowser, type Visit } from '../support/browser.ts'
import { expectAccessible, expectNoSidewaysScroll } from './page-checks.ts'
import { TestBench } from './test-bench.ts'
import { wordsOf, type Words } from './words.ts'

const minutes = 60_000

describeInBrowser('code in Gitea', () => {
  let bench: TestBench
  let gitea: GiteaStandIn
  let t: Words
  let folder: string
  let clone: string
  let run: ReturnType<typeof gitClient>
  let visit: Visit

  beforeAll(async () => {
    bench = await TestBench.open()
    gitea = await GiteaStandIn.open()
    t = await wordsOf('zh')
    folder = await mkdtemp(join(tmpdir(), 'vitrine-gitea-e2e-'))
    clone = join(folder, 'clone')
    await mkdir(clone)
    run = gitClient(folder)
    const client = createGiteaClient({ serverUrl: gitea.url, token: gitea.token })
    await client.createRepository({ owner: gitea.owner, name: 'Echo.Demo', isOwn: true, description: '回声' })
    const address = `${gitea.url.replace('://', `://any:${gitea.token}@`)}/${gitea.owner}/Echo.Demo.git`
    await run(['clone', '--quiet', address, '.'], clone)
    const weights = { 'weights.bin': gitea.lfs.add('Echo.Demo', Buffer.alloc(70_000, 'w')) }
    await pushFiles('', { ...echo('first'), ...weights }, '第一版')
  }, 5 * minutes)
  afterAll(async () => {
    await visit?.close()
    await bench?.close()
    await gitea?.close()
    await rm(folder, { recursive: true, force: true })
  }, 3 * minutes)

  /** Pushes an echo with a word of its own to the branch `main`. */
  const push = (word: string, message: string): Promise<void> => pushFiles('', echo(word), message)
  async function pushFiles(
    into: string,
    files: Record<string, string | Uint8Array>,
    message: string,
  ): Promise<void> {
    await mkdir(join(clone, into), { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(clone, into, name), content)
    await run(['checkout', '--quiet', '-B', 'main'], clone)
    await run(['add', '--all'], clone)
    await run(['commit', '--quiet', '-m', message], clone)
    expect(await run(['push', '--quiet', 'origin', 'main'], clone)).toMatchObject({ ok: true })
  }
  const field = (name: string) => visit.page.locator(`input[name="${name}"]`)
  const button = (name: string) => visit.page.getByRole('button', { name, exact: true })

  test(
    'whoever comes before a server is set up is told, and led to its page',
    async () => {
      visit = await bench.visitAs('admin')
      visit.expectAnswer(/^409 GET \/api\/v1\/gitea\/repos/)
      await visit.page.goto('/deploy/gitea')
      await visit.page.getByText(t('gitea.deploy.none')).waitFor()
      await visit.page.getByRole('link', { name: t('gitea.deploy.set_up') }).click()
      await visit.page.getByText(t('gitea.state.none'), { exact: true }).waitFor()
      await expectNoSidewaysScroll(visit.page)
      await expectAccessible(visit.page)
    },
    2 * minutes,
  )

  test(
    'settings are tested before they are saved: a wrong token says what to do, a right one connects',
    async () => {
      await field('server').fill(gitea.url)
      await field('token').fill('wrong')
      await field('owner').fill(gitea.owner)
      visit.expectAnswer(/^422 POST \/api\/v1\/gitea\/config$/)
      await button(t('gitea.form.save')).click()
      await visit.page.getByRole('alert').getByText('令牌').waitFor()
      await field('token').fill(gitea.token)
      await button(t('gitea.form.save')).click()
      await visit.page.getByText(t('gitea.state.connected'), { exact: true }).waitFor()
      await visit.page.getByText('1.21.11').waitFor()
      await visit.screenshot('gitea-settings-1280')
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('gitea-settings-390')
      await visit.page.setViewportSize({ width: 1280, height: 800 })
    },
    2 * minutes,
  )

  test(
    'a repository is found, its branch deployed, and the service answers',
    async () => {
      await visit.page.goto('/services')
      await visit.page.getByRole('link', { name: t('gitea.deploy.open') }).click()
      await visit.page.getByText('team/Echo.Demo').waitFor()
      await visit.screenshot('gitea-repositories-1280')
      await visit.page.getByLabel(t('gitea.deploy.search')).fill('echo')
      // The form asks whether there is a service with this ID.
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/echo-demo$/)
      await visit.page.getByRole('button', { name: /team\/Echo\.Demo/ }).click()
      await visit.page.getByText('第一版').waitFor()
      await expectAccessible(visit.page)
      await visit.screenshot('gitea-branch-1280')
      await expect.poll(() => field('service-id').inputValue()).toBe('echo-demo')
      await button(t('gitea.deploy.inspect')).click()
      await visit.page.getByText(t('deploy.form.single-file')).waitFor()
      await button(t('deploy.options.action')).click()
      await visit.page.waitForURL(/\/deploy\/tasks\//)
      const admin = await bench.platform.admin()
      const task = await admin.taskEnd(visit.page.url().split('/').at(-1) ?? '')
      expect(task.state).toBe('succeeded')
      expect(await (await admin.predict('echo-demo', ['x'])).text()).toContain('first:x')
      // The weights that Gitea keeps with Git LFS are in its release.
      const { items } = await admin.get('/models', endpoints['GET /models'].response)
      expect(items).toMatchObject([{ origin: 'lfs', size: 70_000, uses: [{ service_id: 'echo-demo' }] }])
    },
    4 * minutes,
  )

  test(
    'what is pushed later is pulled on the page of the algorithm, as its next version',
    async () => {
      await push('second', '第二版')
      await visit.page.goto('/algorithms/echo-demo')
      await button(t('gitea.algorithm.pull')).click()
      await visit.page.getByText('第二版').waitFor()
      await visit.page.getByText('v2', { exact: true }).first().waitFor()
      await button(t('gitea.algorithm.pull')).click()
      await visit.page.getByText(t('gitea.algorithm.nothing')).waitFor()
      await visit.screenshot('gitea-algorithm-1280')
    },
    2 * minutes,
  )

  test(
    'code of the platform moves to Gitea on the page of its algorithm, which then says where it is',
    async () => {
      const admin = await bench.platform.admin()
      await admin.upload(echo('here'), { algorithm_id: 'homely' })
      await visit.page.goto('/algorithms/homely')
      await button(t('gitea.algorithm.move')).click()
      const question = visit.page.getByRole('dialog')
      await question.getByText(t('gitea.algorithm.move_text')).waitFor()
      await expectAccessible(visit.page)
      await question.getByRole('button', { name: t('gitea.algorithm.move'), exact: true }).click()
      await visit.page.getByText(t('gitea.algorithm.kept', { branch: 'main' })).waitFor()
      await button(t('gitea.algorithm.back')).waitFor()
      await visit.screenshot('gitea-moved-1280')
      expect(await admin.get('/algorithms/homely', algorithm)).toMatchObject({ code_host: 'gitea' })
      // Back, and to the repository that is there by now, which somebody chooses.
      await button(t('gitea.algorithm.back')).click()
      await question.getByRole('button', { name: t('gitea.algorithm.back'), exact: true }).click()
      await button(t('gitea.algorithm.move')).click()
      await question.getByText(t('gitea.moving.adopt'), { exact: true }).click()
      await expectAccessible(visit.page)
      await visit.screenshot('gitea-adopt-1280')
      await question.getByRole('button', { name: t('gitea.algorithm.move'), exact: true }).click()
      await button(t('gitea.algorithm.back')).waitFor()
      expect(await admin.get('/algorithms/homely', algorithm)).toMatchObject({ code_host: 'gitea' })
    },
    2 * minutes,
  )

  test(
    'a repository that was renamed in Gitea is followed with one click',
    async () => {
      await gitea.rename('homely', 'homely-renamed')
      await visit.page.goto('/algorithms/homely')
      visit.expectAnswer(/^409 POST \/api\/v1\/gitea\/repos\/pull$/)
      await button(t('gitea.algorithm.pull')).click()
      const to = `${gitea.owner}/homely-renamed`
      const follow = button(t('gitea.algorithm.follow', { to }))
      await follow.waitFor()
      await expectAccessible(visit.page)
      await visit.screenshot('gitea-renamed-1280')
      await follow.click()
      await visit.page.getByText(t('gitea.algorithm.followed', { to })).waitFor()
      await follow.waitFor({ state: 'hidden' })
      await button(t('gitea.algorithm.pull')).click()
      await visit.page.getByText(t('gitea.algorithm.nothing')).waitFor()
    },
    2 * minutes,
  )

  test(
    'of a repository of several algorithms, the folders are found, one is chosen with a tag, and deployed',
    async () => {
      for (const name of ['one', 'two']) await pushFiles(`algos/${name}`, echo(name), `${name} of them`)
      await run(['tag', 'v1'], clone)
      expect(await run(['push', '--quiet', 'origin', 'v1'], clone)).toMatchObject({ ok: true })
      await visit.page.goto(`/deploy/gitea?repository=${gitea.owner}/Echo.Demo`)
      await visit.page.getByRole('combobox', { name: t('gitea.deploy.branch') }).click()
      await visit.page.getByRole('option', { name: 'v1', exact: true }).click()
      await visit.page.getByText(t('gitea.deploy.tagged')).waitFor()
      await button(t('gitea.folder.look')).click()
      const found = visit.page.getByRole('list', { name: t('gitea.folder.list') })
      await found.getByText('algos/two').waitFor()
      await expect.poll(() => found.getByRole('listitem').count()).toBe(3)
      visit.expectAnswer(/^404 GET \/api\/v1\/services\/two$/)
      await found.getByText('algos/two').click()
      await expect.poll(() => field('folder').inputValue()).toBe('algos/two')
      await expect.poll(() => field('service-id').inputValue()).toBe('two')
      await expectAccessible(visit.page)
      await visit.screenshot('gitea-folders-1280')
      await visit.page.setViewportSize({ width: 390, height: 844 })
      await expectNoSidewaysScroll(visit.page)
      await visit.screenshot('gitea-folders-390')
      await visit.page.setViewportSize({ width: 1280, height: 800 })
      await button(t('deploy.options.action')).click()
      await visit.page.waitForURL(/\/deploy\/tasks\//)
      const admin = await bench.platform.admin()
      const task = await admin.taskEnd(visit.page.url().split('/').at(-1) ?? '')
      expect(task.state).toBe('succeeded')
      expect(await (await admin.predict('two', ['x'])).text()).toContain('two:x')
      await visit.page.goto('/algorithms/two')
      await visit.page.getByText('algos/two').waitFor()
    },
    4 * minutes,
  )
})
