import { expect } from 'vitest'
import { chooseAlgorithm } from './choose-algorithm.ts'
import { z } from 'zod'
import type { Language } from '../../apps/web/src/locales/languages.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import type { Visit } from '../support/browser.ts'
import { singleFileAlgorithm } from './single-file-algorithm.ts'
import type { Words } from './words.ts'

const { id, name, code: algorithm, text } = singleFileAlgorithm
const answer = z.object({
  predictions: z.array(
    z.object({ outputs: z.array(z.object({ data: z.array(z.object({ label: z.string() })) })) }),
  ),
})

/**
 * The way of a person from the set-up link to a result and a call by code. Every step checks what the person
 * sees.
 */
export class FirstUseSteps {
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
    await page.getByRole('heading', { name: t('start.first_day') }).waitFor()
  }

  /** Uploads one file, checks what it is recognised as, deploys it, watches the steps, and opens its stage. */
  async deployFromEmptyShowcase(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page
      .getByRole('navigation')
      .getByRole('link', { name: t('showcase.title'), exact: true })
      .click()
    await page.getByRole('heading', { name: t('showcase.heading') }).waitFor()
    await page.getByRole('link', { name: t('showcase.deploy') }).click()
    await chooseAlgorithm(page, algorithm)
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
    const bars = page.getByRole('list', { name: t('kinds.classification.name') }).getByRole('listitem')
    await bars.first().waitFor()
    await expect
      .poll(() => bars.allInnerTexts())
      .toEqual([expect.stringMatching(/激动\s*75/), expect.stringMatching(/平静\s*25/)])
    await this.#visit.screenshot(`stage-own-text-${this.#language}`)
  }

  /** Creates a key that may run algorithms, and returns to the previous page. */
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

  /** The shell command on the page really gives the result. */
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
    expect({ exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 })
    const { predictions } = answer.parse(JSON.parse(result.stdout.join('\n')))
    expect(predictions[0]?.outputs[0]?.data[0]?.label).toBe('激动')
  }

  async findRunInHistory(): Promise<void> {
    const t = this.#t
    const page = this.#page
    await page.getByRole('tab', { name: t('stage.tab.history') }).click()
    const runs = page.getByRole('list', { name: t('runs.history') }).getByRole('listitem')
    await runs.first().waitFor()
    await expect.poll(() => runs.count()).toBe(1)
    await expect.poll(() => runs.first().innerText()).toContain(text)
    await expect.poll(() => runs.first().innerText()).toContain(t('runs.status.succeeded'))
  }
}
