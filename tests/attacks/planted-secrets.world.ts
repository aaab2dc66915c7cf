import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import { expect } from 'vitest'
import {
  apiKeyEndpoints,
  inviteEndpoints,
  repositoryTokenEndpoints,
  runEndpoints,
  secondFactorEndpoints,
  shareEndpoints,
} from '@vitrine/contract'
import { totpCode } from '../../apps/server/src/modules/auth/second-factor/one-time-codes.ts'
import { ask, setConfig } from '../platform/ask-config.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { GatewayKind } from '../support/gateways.ts'
import { openOidcIssuer } from '../support/oidc-issuer.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'

const secret = (of: string) => `planted-${of}-${randomBytes(12).toString('hex')}`

/** The names of secrets that some process has to have. */
export const ofService = 'the token of the service'
export const ofOidc = 'the secret of the OIDC client'

/** Those that the test chooses. The platform makes the others. */
const chosenSecrets = () => ({
  [ofService]: secret('service'),
  [ofOidc]: secret('oidc'),
  ownKey: secret('custom'),
  draft: secret('draft'),
  gitea: secret('gitea'),
  registry: secret('registry'),
  person: secret('person'),
  link: secret('link'),
})
type Chosen = ReturnType<typeof chosenSecrets>

/** Says enough of a Gitea server for its settings to be saved. */
async function startGitea(): Promise<{ server: Server; url: string }> {
  const server = createServer(({ method, url = '' }, response) => {
    response.setHeader('content-type', 'application/json')
    // Gitea refuses the name that the test of its settings asks for.
    if (method === 'POST') return response.writeHead(422).end('{"message":"the name is reserved"}')
    if (url.startsWith('/api/v1/version')) return response.end('{"version":"1.24.0"}')
    if (url.startsWith('/api/v1/repos/search')) return response.end('{"ok":true,"data":[]}')
    return response.end('{"id":1,"login":"team","username":"team","full_name":"team"}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, url: `http://127.0.0.1:${address.port}` }
}

/** Prints its token when it starts and when it is asked, and names it when it fails. */
const talkative: PackageFiles = {
  'ai_algorithm.py': [
    'import os',
    'print("the token is", os.environ.get("MODEL_TOKEN", "none"), flush=True)',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        print("predicting with", os.environ.get("MODEL_TOKEN", "none"), flush=True)',
    '        if input_data == ["fail"]: raise RuntimeError("no model for " + os.environ["MODEL_TOKEN"])',
    '        return [len(os.environ.get("MODEL_TOKEN", "")) for _ in input_data]',
    '',
  ].join('\n'),
}

async function plantValues(admin: ApiClient, chosen: Chosen, giteaUrl: string): Promise<void> {
  const of = { service_id: 'talkative', secret: true }
  await setConfig(admin, 'env.MODEL_TOKEN', { ...of, value: chosen[ofService] })
  await setConfig(admin, 'custom.token', { value: chosen.ownKey, secret: true })
  await setConfig(admin, 'containers.registry_password', { value: chosen.registry })
  const draft = { key: 'custom.drafted', value: chosen.draft, secret: true }
  expect((await ask(admin, 'POST', '/config/draft', { changes: [draft] })).status).toBe(200)
  const settings = { server_url: giteaUrl, default_owner: 'team', access_token: chosen.gitea }
  expect(await ask(admin, 'POST', '/gitea/config', settings)).toMatchObject({ status: 200 })
}

/** A person with a second factor, and an invitation. */
async function plantPeople(platform: TestPlatform, admin: ApiClient, password: string) {
  const person = { username: 'keeper', password, role: 'user' }
  expect((await ask(admin, 'POST', '/users', person)).status).toBe(201)
  const keeper = await platform.anonymous().signIn('keeper', password)
  const begun = secondFactorEndpoints['POST /auth/second-factor'].response
  const factor = await keeper.post('/auth/second-factor', begun, { current_password: password })
  const confirmed = secondFactorEndpoints['POST /auth/second-factor/confirm'].response
  const code = totpCode(factor.secret, new Date())
  const codes = await keeper.post('/auth/second-factor/confirm', confirmed, { code })
  const invite = await admin.post('/invites', inviteEndpoints['POST /invites'].response, { role: 'viewer' })
  return {
    'the secret of the second factor': factor.secret,
    'a recovery code': codes.recovery_codes[0] ?? '',
    'the token of an invitation': invite.token,
  }
}

async function plantKeys(admin: ApiClient, password: string) {
  const key = { name: 'ci', scopes: ['admin'] }
  const link = { kind: 'stage', target_id: 'talkative', may_run: true, password }
  const tokens = repositoryTokenEndpoints['POST /algorithms/{id}/tokens'].response
  return {
    'an API key': (await admin.post('/api-keys', apiKeyEndpoints['POST /api-keys'].response, key)).key,
    'a token of a repository': (await admin.post('/algorithms/talkative/tokens', tokens, { name: 'ci' }))
      .token,
    'the token of a link': (await admin.post('/shares', shareEndpoints['POST /shares'].response, link)).token,
  }
}
type Made = Awaited<ReturnType<typeof plantPeople>> & Awaited<ReturnType<typeof plantKeys>>

/** Uses what was planted, also in ways that fail. Resolves with the statuses of the answers. */
async function useSecrets(platform: TestPlatform, admin: ApiClient, chosen: Chosen, made: Made) {
  const statuses: Record<string, number> = {}
  const send = async (what: string, person: ApiClient, method: string, path: string, json?: object) => {
    const response = await person.request(method, path, { ...(json && { json }) })
    statuses[what] = response.status
    await response.arrayBuffer()
  }
  const nobody = platform.anonymous()
  const key = admin.with(made['an API key'])
  const link = made['the token of a link']
  await send('a call', key, 'POST', '//ai/talkative/predict', { input_data: [chosen[ofService]] })
  await send('a call that fails', key, 'POST', '//ai/talkative/predict', { input_data: ['fail'] })
  await send('no key', admin.with(`${made['an API key']}x`), 'GET', '/services')
  const signIn = { username: 'nobody-here', password: chosen.person }
  await send('a wrong sign-in', nobody, 'POST', '/auth/login', signIn)
  await send('a conflict', admin, 'POST', '/config/custom.token', {
    value: chosen.ownKey,
    base_revision: 999,
  })
  await send('no value', admin, 'POST', '/config/containers.registry_password', { value: [chosen.registry] })
  await send('a locked link', nobody, 'GET', `/public/shares/${link}`)
  await send('its password', nobody, 'POST', `/public/shares/${link}/unlock`, { password: chosen.link })
  await send('the page of a link', nobody, 'GET', `//s/${link}`)
  await send('an invitation', nobody, 'POST', '/invites/look', { token: made['the token of an invitation'] })
  await send('a sign-in by OIDC', nobody, 'POST', '/auth/oidc/start', {})
  await send('a look at Gitea', admin, 'GET', '/gitea/test-connection')
  const basic = Buffer.from(`git:${made['a token of a repository']}`).toString('base64')
  const cloned = await nobody.request('GET', '//git/talkative.git/info/refs?service=git-upload-pack', {
    headers: { authorization: `Basic ${basic}` },
  })
  await cloned.arrayBuffer()
  for (const input of ['x', 'fail']) {
    const asked = { service_id: 'talkative', input_data: [input] }
    const begun = await admin.post('/runs', runEndpoints['POST /runs'].response, asked)
    await admin.runEnd(begun.run_id)
  }
  return { ...statuses, 'a clone': cloned.status }
}

/**
 * A platform with a secret in every place where one can be given. `plant` gives and uses them, and resolves with the statuses of the
 * answers; `planted` has them by what they are.
 */
export async function openPlanted(gateway: GatewayKind) {
  const chosen = chosenSecrets()
  const gitea = await startGitea()
  const issuer = await openOidcIssuer()
  const platform = await startPlatform({
    database: 'own',
    environment: {
      // Each runner keeps what it starts processes with in files of its own.
      VITRINE_RUNNER: gateway === 'nginx' ? 'auto' : 'local',
      VITRINE_GATEWAY: gateway,
      VITRINE_OIDC_ISSUER: issuer.url,
      VITRINE_OIDC_CLIENT_ID: issuer.clientId,
      VITRINE_OIDC_CLIENT_SECRET: chosen[ofOidc],
    },
  })
  const admin = await platform.admin()
  const planted: Record<string, string> = { ...chosen, 'an access token': admin.token ?? '' }
  return {
    platform,
    admin,
    planted,
    giteaUrl: gitea.url,
    async plant() {
      await admin.publish('talkative', talkative)
      if (gateway === 'embedded') await admin.change('talkative', { keep_bodies: true })
      await plantValues(admin, chosen, gitea.url)
      const people = await plantPeople(platform, admin, chosen.person)
      const made = { ...people, ...(await plantKeys(admin, chosen.link)) }
      Object.assign(planted, made)
      return useSecrets(platform, admin, chosen, made)
    },
    async close() {
      await platform.dispose()
      await issuer.close()
      gitea.server.close()
    },
  }
}
