import { auditEndpoints } from '@vitrine/contract'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signalProcess, type ProcessIdentity } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { startDetached } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { makeCertificate } from '../support/certificate.ts'
import { freePorts } from '../support/free-ports.ts'
import { describeWithNginx } from '../support/gateways.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, testPassword, type TestPlatform } from '../support/platform.ts'
import { textAnswer } from '../support/text-answer.ts'

const audit = auditEndpoints['GET /audit'].response
const page = join(import.meta.dirname, '../../docs/operations/running.md')
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
/** A client that is not the proxy. */
const client = '127.0.0.2'

/** The site of nginx that the documentation gives, with the addresses of this test. */
async function documentedSite(folder: string, ports: { plain: number; tls: number; platform: number }) {
  const site = /```nginx\n(.*?)```/s.exec(await readFile(page, 'utf8'))?.[1]
  if (site === undefined) throw new Error(`${page} has no site for nginx`)
  return site
    .replaceAll('/etc/ssl/vitrine.example', join(folder, 'site'))
    .replace('listen 80;', `listen 127.0.0.1:${ports.plain};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${ports.tls} ssl;`)
    .replace('127.0.0.1:8000', `127.0.0.1:${ports.platform}`)
}

describeWithNginx('the platform behind the documented site of nginx', () => {
  let platform: TestPlatform
  let folder: string
  let nginx: ProcessIdentity | null = null
  const ports = { plain: 0, tls: 0, platform: 0 }

  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: object) =>
    textAnswer(
      (onAnswer) =>
        request(
          {
            host: '127.0.0.1',
            port: ports.tls,
            localAddress: client,
            servername: 'vitrine.example',
            rejectUnauthorized: false,
            agent: false,
            method,
            path,
            headers: { host: 'vitrine.example', 'content-type': 'application/json', ...headers },
          },
          onAnswer,
        ),
      body,
    )

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-tls-proxy-'))
    platform = await startPlatform({
      environment: {
        VITRINE_PUBLIC_URL: 'https://vitrine.example',
        VITRINE_TRUSTED_PROXIES: '127.0.0.1, ::1',
      },
    })
    ports.platform = platform.publicPort
    ports.plain = await freePorts(2)
    ports.tls = ports.plain + 1
    await makeCertificate(folder)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const site = await documentedSite(folder, ports)
    const conf = join(folder, 'nginx.conf')
    await writeFile(
      conf,
      `pid ${folder}/nginx.pid; daemon off; events {} http { access_log off; ${temporary.join(' ')} ${site} }`,
    )
    const log = join(folder, 'nginx.log')
    nginx = await startDetached(
      { file: '/usr/sbin/nginx', args: ['-p', folder, '-e', log, '-c', conf], cwd: folder, env },
      { stdout: log, stderr: log },
    )
    const isUp = () =>
      ask('GET', '/healthz').then(
        ({ status }) => status === 200,
        () => false,
      )
    if (!(await waitFor(isUp, { timeoutMs: patienceMs }))) throw new Error(await readFile(log, 'utf8'))
  })
  afterAll(async () => {
    if (nginx) signalProcess(nginx, 'SIGTERM')
    await platform?.dispose()
    await rm(folder, { recursive: true, force: true })
  })

  test('people sign in, change something and sign out, with cookies that stay with TLS', async () => {
    const body = { username: 'admin', password: testPassword }
    const { status, headers } = await ask('POST', '/api/v1/auth/login', {}, body)
    expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
    const cookies = headers['set-cookie'] ?? []
    // The session, its refresh token, and the device on which wrong passwords of others do not count.
    expect(cookies).toHaveLength(3)
    for (const cookie of cookies) expect(cookie).toMatch(/^__(Host|Secure)-vitrine_\w+=.*; Secure/)
    const cookie = cookies.map((each) => each.split(';')[0]).join('; ')
    expect((await ask('GET', '/api/v1/auth/me', { cookie })).status).toBe(200)
    const from = (origin: string) => ask('POST', '/api/v1/auth/logout', { cookie, origin })
    expect((await from('https://evil.example')).status).toBe(403)
    expect((await from('https://vitrine.example')).status).toBe(204)
    expect((await ask('GET', '/api/v1/auth/me', { cookie })).status).toBe(401)
  })

  test('the audit log has the client’s address, not the proxy’s', async () => {
    const forged = { 'x-forwarded-for': '198.51.100.99' }
    await ask('POST', '/api/v1/auth/login', forged, { username: 'admin', password: testPassword })
    const { items } = await (await platform.admin()).get('/audit', audit)
    const addresses = items.map(({ details }) => details.remote_address)
    expect(addresses).toContain(client)
    expect(addresses).not.toContain('198.51.100.99')
  })

  test('without TLS people are sent to TLS', async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.plain}/s/x`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([301, 'https://127.0.0.1/s/x'])
  })
})
