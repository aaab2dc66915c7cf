import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  identify,
  isAlive,
  signalProcess,
  type ProcessIdentity,
} from '../../../lib/procfs/process-identity.ts'
import { startDetached } from '../../../lib/run-command.ts'
import { waitFor } from '../../../lib/wait-for.ts'
import { dataPaths } from '../../../lib/paths.ts'
import { ask } from '../gateway.test-client.ts'
import { gatewayUnderTest, type testSetup } from '../gateway.test-setup.ts'
import { freePort } from '../gateway.test-upstream.ts'
import type { GatewayPart, GatewayUnderTest } from '../gateway.test-world.ts'
import { createNginxGateway } from './nginx.driver.ts'
import { complaints } from './nginx.process.ts'
import { systemNginx, type SystemNginx } from './nginx.system.ts'
import { signalGroup } from '../../../../../../tests/support/signals.ts'

const program = '/usr/sbin/nginx'
/** A time zone other than the one in which we write times, as a system may have. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TZ: 'Asia/Shanghai' }

/** A main configuration as a distribution may have it, with settings for all sites and a site of its own. */
const mainText = (folder: string, sitePort: number, part: { njs: boolean; include: boolean }) =>
  `
${process.getuid?.() === 0 ? 'user www-data;' : ''}
worker_processes 2;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
${part.njs ? 'load_module /usr/lib/nginx/modules/ngx_http_js_module.so;' : ''}
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  default_type application/octet-stream;
  access_log ${folder}/access.log;
  gzip on;
  gzip_types *;
  gzip_min_length 1;
  expires 1h;
  proxy_intercept_errors on;
  underscores_in_headers on;
  js_fetch_timeout 1s;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${part.include ? `include ${folder}/conf.d/*.conf;` : ''}
  server { listen 127.0.0.1:${sitePort}; location / { return 200 "the other site"; } }
}
`.replace(part.njs ? '' : 'js_fetch_timeout 1s;', '')

/** An nginx that stands in for the system's. It has its own site, which must keep answering. */
export class TestSystemNginx {
  readonly confDir: string
  readonly reload: SystemNginx['reload']
  readonly #folder: string
  readonly #sitePort: number
  #identity: ProcessIdentity | null = null

  private constructor(folder: string, sitePort: number) {
    this.#folder = folder
    this.#sitePort = sitePort
    this.confDir = join(folder, 'conf.d')
    this.reload = [program, ...this.#args, '-s', 'reload']
  }

  /** Creates one in an empty folder. It is not started yet. */
  static async create(
    folder: string,
    part: { njs?: boolean; include?: boolean } = {},
  ): Promise<TestSystemNginx> {
    // Its workers run as another account and must be able to enter.
    await chmod(folder, 0o755)
    const made = new TestSystemNginx(folder, await freePort())
    await mkdir(made.confDir)
    await writeFile(made.#mainFile, mainText(folder, made.#sitePort, { njs: true, include: true, ...part }))
    return made
  }

  get #mainFile(): string {
    return join(this.#folder, 'nginx.conf')
  }

  get #args(): string[] {
    return ['-p', this.#folder, '-c', this.#mainFile]
  }

  /** The master process, or null. */
  get identity(): ProcessIdentity | null {
    return this.#identity
  }

  /** As `systemctl start nginx`. */
  async start(): Promise<void> {
    const log = join(this.#folder, 'output.log')
    const command = { file: program, args: [...this.#args, '-g', 'daemon off;'], cwd: '/', env }
    this.#identity = await startDetached(command, { stdout: log, stderr: log })
    const isUp = () =>
      this.site().then(
        () => true,
        () => false,
      )
    if (!(await waitFor(isUp, { timeoutMs: 30_000 }))) throw new Error(`nginx did not start, see ${log}`)
  }

  /** As `systemctl stop nginx`. `SIGKILL` also ends its workers, as a power cut does. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const identity = this.#identity
    this.#identity = null
    if (!identity) return
    if (signal === 'SIGKILL') signalGroup(identity.pid, signal)
    else signalProcess(identity, signal)
    await waitFor(async () => !(await isAlive(identity)), { timeoutMs: 15_000 })
    if ((await identify(identity.pid)) !== null) throw new Error('nginx did not end')
  }

  /** As a log rotation does: renames the log of its own site, and resolves when nginx writes a new one. */
  async reopenLogs(): Promise<void> {
    const log = join(this.#folder, 'access.log')
    await rename(log, `${log}.1`)
    if (this.#identity) signalProcess(this.#identity, 'SIGUSR1')
    const isNew = async () => {
      await this.site()
      return (await readFile(log, 'utf8').catch(() => '')) !== ''
    }
    if (!(await waitFor(isNew, { timeoutMs: 30_000 }))) throw new Error('nginx did not reopen its logs')
  }

  /** The lines of its error log that are worse than a warning. */
  complaints = async (): Promise<string[]> =>
    complaints((await readFile(join(this.#folder, 'error.log'), 'utf8')).split('\n'))

  /** The answer of its own site. */
  site = async (): Promise<string> => (await ask(this.#sitePort, '/')).body
}

/** A system nginx, and a gateway that will be a part of it. */
export async function systemNginxUnderTest(
  { builtFile, newFolder }: Pick<ReturnType<typeof testSetup>, 'builtFile' | 'newFolder'>,
  { stalledMs, ...part }: GatewayPart & { njs?: boolean; include?: boolean } = {},
): Promise<{ system: TestSystemNginx; folder: string; under: GatewayUnderTest }> {
  const system = await TestSystemNginx.create(await newFolder('system'), part)
  await system.start()
  const folder = await newFolder('data')
  const host = () =>
    systemNginx({
      dataPaths: dataPaths(folder),
      env: { PATH: env.PATH },
      runFolder: join(folder, 'until-reboot'),
      confDir: system.confDir,
      reload: system.reload,
    })
  const create = () =>
    createNginxGateway({ dataPaths: dataPaths(folder), scriptFile: builtFile(), host: host(), stalledMs })
  const under = gatewayUnderTest(folder, create, async () => system.identity)
  const dispose = async () => {
    await under.gateway.shutdown()
    await system.stop()
  }
  return { system, folder, under: { ...under, dispose } }
}
