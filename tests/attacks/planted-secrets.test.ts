import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints } from '@vitrine/contract'
import { ask } from '../platform/ask-config.ts'
import { describeInBrowser, openBrowser } from '../support/browser.ts'
import { describeGateways } from '../support/gateways.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import { testPassword } from '../support/platform.ts'
import { foundIn, searchDatabase, searchFiles, searchProcesses } from './planted-secrets.search.ts'
import { ofOidc, ofService, openPlanted } from './planted-secrets.world.ts'

const longTest = 300_000

const withoutEnd = new Set(['GET /events'])
/** Every question of the API that needs no id, and those about what was planted. */
const questions: readonly string[] = [
  ...Object.keys(endpoints)
    .filter((name) => name.startsWith('GET ') && !name.includes('{') && !withoutEnd.has(name))
    .map((name) => name.slice('GET '.length)),
  '/config?service_id=talkative',
  '/config/effective?service_id=talkative',
  '/config/service/talkative',
  '/config/export?service_id=talkative',
  '/config/revisions?service_id=talkative',
  '/config/env.MODEL_TOKEN?service_id=talkative',
  '/config/env.MODEL_TOKEN/history?service_id=talkative',
  '/config/custom.token',
  '/config/custom.token/history',
  '/config/containers.registry_password',
  '/services/talkative',
  '/services/talkative/history',
  '/services/talkative/releases',
  '/services/logs/talkative?lines=500',
  '/services/talkative/logs/download',
  '/algorithms/talkative',
  '/algorithms/talkative/tokens',
  '/audit?page_size=500',
  '/tasks?page_size=200',
]

describeGateways('secrets that are given in every way that there is one', (gateway) => {
  let world: Awaited<ReturnType<typeof openPlanted>>

  beforeAll(async () => {
    world = await openPlanted(gateway)
  }, 180_000)
  afterAll(() => world?.close(), 180_000)

  test(
    'are used',
    async () => {
      expect(await world.plant()).toMatchObject({
        'a call': 200,
        'a call that fails': 500,
        'no key': 401,
        'a wrong sign-in': 401,
        'a conflict': 409,
        'no value': 422,
        'a locked link': 401,
        'a clone': 200,
        'an invitation': 200,
        'a look at Gitea': 200,
      })
      expect(Object.values(world.planted).filter((text) => text.length < 8)).toEqual([])
      // It has the secret, so a search that finds nothing there would be wrong.
      const answer = await world.admin.predict('talkative', ['x'])
      expect(JSON.stringify(await answer.json())).toContain(String(world.planted[ofService]?.length))
    },
    longTest,
  )

  test(
    'do not stand in the database',
    async () => {
      const { rows, found } = await searchDatabase(world.platform, world.planted)
      expect(rows).toBeGreaterThan(100)
      expect(found).toEqual([])
    },
    longTest,
  )

  test(
    'do not stand in a file of the data folder, but for what a service prints itself and what its runner starts it with',
    async () => {
      const found = await searchFiles(world.platform, world.planted)
      const printed = found.filter(({ path }) => path.startsWith('services/logs/'))
      const kept = found.filter(({ path, isPrivate }) => /^(run|supervisor)\//.test(path) && isPrivate)
      // A process writes its log itself; only the platform's account reads it. The runner needs the environment to start it again.
      for (const { names } of [...printed, ...kept]) expect(names).toEqual([ofService])
      expect(printed.length).toBeGreaterThan(0)
      const { mode } = await stat(join(world.platform.dataFolder, 'services', 'logs'))
      expect(mode & 0o077).toBe(0)
      expect(found.filter((file) => !printed.includes(file) && !kept.includes(file))).toEqual([])
    },
    longTest,
  )

  test(
    'do not stand in the command of a process, or in the environment of one that does not need it',
    async () => {
      const { platform, planted } = world
      const { instances } = await world.admin.service('talkative')
      const own = await Promise.all(instances.map(({ id }) => instanceProcesses(platform.dataFolder, id)))
      const ofInstances = new Set(own.flat().map(({ pid }) => pid))
      expect(ofInstances.size).toBeGreaterThan(0)
      const mayHave = (pid: number, name: string) =>
        (name === ofService && ofInstances.has(pid)) || (name === ofOidc && pid === platform.pid)
      expect(searchProcesses(planted, mayHave)).toEqual([])
      // The control plane was started with it, so the search finds what is there.
      const environment = readFileSync(`/proc/${platform.pid}/environ`)
      expect(foundIn(planted, environment)).toEqual([ofOidc])
    },
    longTest,
  )

  test(
    'are not answered to an administrator, by any list, history, export, log or error',
    async () => {
      const { admin, planted } = world
      const found: string[] = []
      for (const path of questions) {
        const response = await admin.request('GET', path, { signal: AbortSignal.timeout(60_000) })
        let answer = await response.text()
        response.headers.forEach((value, name) => (answer += `\n${name}: ${value}`))
        const names = foundIn(planted, answer)
        found.push(...names.map((name) => `${name} by ${path}`))
      }
      const runs = await admin.get('/runs', endpoints['GET /runs'].response)
      const calls = await admin.get('/calls', endpoints['GET /calls'].response)
      expect(runs.items.length).toBeGreaterThan(1)
      const single = [
        ...runs.items.map(({ id }) => `/runs/${id}`),
        ...calls.items.map(({ id }) => `/calls/${id}/bodies`),
      ]
      for (const path of single) {
        const { body } = await ask(admin, 'GET', path)
        found.push(...foundIn(planted, JSON.stringify(body)).map((name) => `${name} by ${path}`))
      }
      expect(found).toEqual([])
      const logs = await ask(admin, 'GET', '/services/logs/talkative?lines=500')
      expect(JSON.stringify(logs.body)).toContain('the token is ••••')
    },
    longTest,
  )

  describeInBrowser('in a browser in which somebody has signed in', () => {
    test(
      'are not kept where a script could read them, and not shown',
      async () => {
        const browser = await openBrowser()
        try {
          const { page } = await browser.visit(world.platform.origin, { language: 'en' })
          await page.goto('/services')
          await page.getByRole('textbox', { name: 'User name' }).fill('admin')
          await page.getByRole('textbox', { name: 'Password', exact: true }).fill(testPassword)
          await page.getByRole('button', { name: 'Sign in', exact: true }).click()
          await page.getByRole('link', { name: 'talkative' }).first().waitFor()
          const secrets = { ...world.planted, 'the password of the sign-in': testPassword }
          const found: string[] = []
          for (const [path, shows] of [
            ['/configuration', 'Add a value'],
            ['/services/talkative?tab=configuration', 'Add a variable'],
            ['/services/talkative?tab=log', 'the token is'],
            ['/gitea', 'Gitea'],
            ['/settings', 'ci'],
          ] as const) {
            await page.goto(path)
            await page
              .getByText(shows, { exact: shows === 'ci' })
              .first()
              .waitFor()
            const kept = await page.evaluate(() =>
              JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]),
            )
            // Access tokens are renewed by a cookie that no script reads.
            expect(kept).not.toMatch(/eyJ[\w-]+\.eyJ/)
            found.push(...foundIn(secrets, kept).map((name) => `${name} kept at ${path}`))
            const shown = foundIn(world.planted, await page.content())
            found.push(...shown.map((name) => `${name} shown at ${path}`))
          }
          expect(found).toEqual([])
        } finally {
          await browser.close()
        }
      },
      longTest,
    )
  })
})
