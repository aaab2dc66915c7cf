import { expect } from 'vitest'
import { z } from 'zod'
import type { Language } from '../../apps/web/src/locales/languages.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { patienceMs, type Visit } from '../support/browser.ts'
import type { Words } from './words.ts'

const id = 'exclamation'
const name = '感叹号计数'
/** Tells whether a text is excited: a share of exclamation marks, and a printed line for the log. */
const algorithm = `class Algorithm:
    def predict(self, input_data, **parameters):
        print(f"看到了：{input_data[0]}", flush=True)
        marks = [min(1.0, text.count("！") / 4) for text in input_data]
        return [[{"label": "激动", "score": m}, {"label": "平静", "score": 1 - m}] for m in marks]
`
const text = '太好了！我们赢了！真的！'
const answer = z.object({
  predictions: z.array(
    z.object({ outputs: z.array(z.object({ data: z.array(z.object({ label: z.string() })) })) }),
  ),
})

/** A person's way from the set-up link to the end of a service, step by step; every step checks what the person sees. */
export class Journey {
  readonly #visit: Visit
  readonly #t: Words
  readonly #language: Language

  constructor(visit: Visit, words: Words, language: Language) {
    this.#visit = visit
    this.#t = words
    this.#language = language
  }

  get #page() {
    return this.#visit.page
  }

  async setUp(link: string): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.goto(link)
    if (this.#language === 'en')
      await page
        .getByRole('button', { name: 'Switch to English' })
        .or(page.getByRole('button', { name: '切换为 English' }))
        .click()
    await page.getByRole('heading', { name: t('session.setup.title') }).waitFor()
    await page.getByLabel(t('session.new_password')).fill('a long password')
    await page.getByLabel(t('session.password_again')).fill('a long password')
    await page.getByRole('button', { name: t('session.setup.action') }).click()
    await page.getByRole('heading', { name: t('showcase.heading') }).waitFor()
  }

  /** Upload one file, see what it is recognised as, deploy it, watch the steps, and go on to try it. */
  async deployFromEmptyShowcase(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('link', { name: t('showcase.deploy') }).click()
    await page.getByTestId('deploy-files').setInputFiles({
      name: 'ai_algorithm.py',
      mimeType: 'text/x-python',
      buffer: Buffer.from(algorithm),
    })
    const report = page.getByRole('region', { name: t('deploy.report.title') })
    await report
      .getByRole('heading', { name: t('deploy.report.recognised', { form: t('deploy.form.single-file') }) })
      .waitFor()
    await report.getByText('ai_algorithm.py:Algorithm').waitFor()
    await page.getByLabel(t('deploy.options.id'), { exact: true }).fill(id)
    await page.getByLabel(t('deploy.options.name'), { exact: true }).fill(name)
    await this.#visit.screenshot(`deploy-recognised-${this.#language}`)
    await page.getByRole('button', { name: t('deploy.options.action'), exact: true }).click()

    const steps = page.getByRole('list', { name: t('deploy.steps') })
    for (const step of ['fetch', 'environment', 'configure', 'start', 'verify', 'route'])
      await steps
        .getByRole('listitem')
        .filter({ has: page.getByText(t(`deploy.step.${step}`), { exact: true }) })
        .getByText(t('tasks.states.succeeded'), { exact: true })
        .waitFor({ state: 'attached' })
    await page.getByRole('heading', { name: t('deploy.ready'), exact: true }).waitFor()
    await this.#visit.screenshot(`deploy-done-${this.#language}`)
    await page.getByRole('link', { name: t('deploy.try_it') }).click()
    await page.getByRole('heading', { name, level: 1 }).waitFor()
  }

  async runOwnText(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('textbox', { name: t('stage.your_input'), exact: true }).fill(text)
    await page.getByRole('button', { name: t('stage.run'), exact: true }).click()
    const bars = page.getByRole('list', { name: t('viewers.kind.classification') }).getByRole('listitem')
    await bars.first().waitFor()
    expect(await bars.allInnerTexts()).toEqual([
      expect.stringMatching(/激动\s*75/),
      expect.stringMatching(/平静\s*25/),
    ])
    await this.#visit.screenshot(`stage-own-text-${this.#language}`)
  }

  /** Makes a key that may run algorithms, and returns to where one was. */
  async makeKey(): Promise<string> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('link', { name: t('settings.title') }).click()
    await page
      .getByRole('button', { name: t('settings.keys.create') })
      .first()
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(t('settings.keys.name')).fill('产线')
    await dialog.getByRole('button', { name: t('settings.keys.create') }).click()
    const key = await page.getByTestId('new-key').innerText()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('settings.keys.kept') })
      .click()
    await page.getByRole('cell', { name: '产线', exact: true }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name, level: 1 }).waitFor()
    return key
  }

  /** What the page says to run in a shell really gives the result. */
  async callByCode(key: string): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('tab', { name: t('stage.tab.code') }).click()
    const code = await page.getByLabel(t('stage.code_in', { language: 'curl' })).innerText()
    expect(code).toContain(text)
    const result = await runCommand({
      file: 'sh',
      args: ['-c', code.replace('YOUR_API_KEY', key)],
      cwd: '/',
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8' },
    })
    const { predictions } = answer.parse(JSON.parse(result.stdout.join('\n')))
    expect(predictions[0]?.outputs[0]?.data[0]?.label).toBe('激动')
  }

  async predict(key: string, input: string): Promise<void> {
    const response = await fetch(new URL(`/ai/${id}/predict`, this.#page.url()), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ input_data: [input] }),
    })
    expect(response.status).toBe(200)
  }

  async findRunInHistory(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('tab', { name: t('stage.tab.history') }).click()
    const runs = page.getByRole('list', { name: t('runs.history') }).getByRole('listitem')
    await runs.first().waitFor()
    expect(await runs.count()).toBe(1)
    expect(await runs.first().innerText()).toContain(text)
    expect(await runs.first().innerText()).toContain(t('runs.status.succeeded'))
  }

  /** The log shows what the algorithm printed before, and what it prints while one looks. */
  async followLog(call: () => Promise<void>): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#openServices()
    await page.getByRole('link', { name, exact: true }).click()
    await page.getByRole('link', { name: t('services.tab.log') }).click()
    const log = page.getByRole('log')
    await log.getByText(`看到了：${text}`).first().waitFor()
    expect(await log.getByText('看到了：又一句话').count()).toBe(0)
    await call()
    await log.getByText('看到了：又一句话').first().waitFor()
    await this.#visit.screenshot(`log-${this.#language}`)
  }

  async stopAndStart(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#openServices()
    await this.#inState('READY')
    await page.getByRole('button', { name: t('services.operation_named.stop', { name }) }).click()
    await this.#confirm('stop')
    await this.#inState('STOPPED')
    await page.goto(`/stage/${id}`)
    await page.getByRole('heading', { name: t('stage.notice.stopped') }).waitFor()
    expect(await page.getByRole('button', { name: t('stage.run'), exact: true }).isDisabled()).toBe(true)
    await this.#visit.screenshot(`stage-stopped-${this.#language}`)
    await this.#openServices()
    await page.getByRole('button', { name: t('services.operation_named.start', { name }) }).click()
    await this.#inState('READY')
  }

  async restart(): Promise<void> {
    const before = await this.#processId()
    await this.#choose('restart')
    await this.#confirm('restart')
    await expect.poll(() => this.#processId(), { timeout: patienceMs }).not.toBe(before)
    await this.#inState('READY')
  }

  async delete(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await this.#choose('delete')
    await this.#confirm('delete')
    await page.getByText(t('services.empty'), { exact: true }).waitFor()
    await page.getByRole('link', { name: t('showcase.title'), exact: true }).click()
    await page.getByText(t('showcase.empty'), { exact: true }).waitFor()
  }

  async #openServices(): Promise<void> {
    await this.#page
      .getByRole('link', { name: this.#t('services.title'), exact: true })
      .first()
      .click()
    await this.#row().waitFor()
  }

  #row() {
    return this.#page
      .getByRole('table')
      .getByRole('row')
      .filter({ hasText: `/ai/${id}/` })
  }

  async #inState(word: 'READY' | 'STOPPED'): Promise<void> {
    const key = word === 'READY' ? 'state.health.READY' : 'state.process.STOPPED'
    await this.#row().getByText(this.#t(key), { exact: true }).waitFor()
  }

  async #choose(operation: 'restart' | 'delete'): Promise<void> {
    await this.#row()
      .getByRole('button', { name: this.#t('services.more_named', { name }) })
      .click()
    await this.#page.getByRole('menuitem', { name: this.#t(`services.operation.${operation}`) }).click()
  }

  /** The question names what will stop: the path, and while it runs its process. */
  async #confirm(operation: 'stop' | 'restart' | 'delete'): Promise<void> {
    const t = this.#t
    const dialog = this.#page.getByRole('dialog', { name: t(`services.confirm.${operation}`, { name }) })
    await dialog.getByText(t('services.confirm.path', { path: `/ai/${id}/` })).waitFor()
    await this.#visit.screenshot(`confirm-${operation}-${this.#language}`)
    await dialog.getByRole('button', { name: t(`services.operation.${operation}`) }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** The pid that the platform shows for the service's one process, as a person would compare it. */
  async #processId(): Promise<string> {
    const answer = await this.#page.request.get(`/api/v1/services/${id}`)
    const { instances } = z
      .object({ instances: z.array(z.object({ pid: z.number().nullable() })) })
      .parse(await answer.json())
    return String(instances[0]?.pid)
  }
}
