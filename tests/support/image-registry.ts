import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, signalProcess } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { startDetached } from '../../apps/server/src/lib/run-command.ts'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { freePorts } from './free-ports.ts'
import { patienceMs } from './patience.ts'

const program = '/usr/bin/docker-registry'

/** Why no registry of images can be started here; null if one can. */
export const missingForRegistry = (): string | null =>
  existsSync(program) ? null : 'docker-registry is not installed'

/** Who may sign in at the registry of the tests. */
export const registryLogin = { username: 'pusher', password: 'registry-password-1' }
/** The same as `htpasswd -B` writes it. */
const passwords = `${registryLogin.username}:$2b$05$abcdefghijklmnopqrstuurll8UgPLh3aedURAqZbpEzxSpQrnxse\n`

/** A registry of images, of Debian's own build, on a loopback port. */
export type TestRegistry = {
  /** As the names of its images begin: `127.0.0.1:5000`. */
  address: string
  /** Ends it, with all images that it has. */
  end: () => Promise<void>
}

/** Starts a registry of images that asks for a sign-in. */
export async function startRegistry(): Promise<TestRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-registry-'))
  const address = `127.0.0.1:${await freePorts(1)}`
  const [config, users, log] = ['config.json', 'htpasswd', 'log'].map((name) => join(folder, name))
  if (!config || !users || !log) throw new Error('no files')
  await writeFile(users, passwords)
  // It reads YAML, of which JSON is a part.
  const settings = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'images') }, delete: { enabled: true } },
    http: { addr: address },
    auth: { htpasswd: { realm: 'tests', path: users } },
  }
  await writeFile(config, JSON.stringify(settings))
  const command = { file: program, args: ['serve', config], cwd: folder, env: {} }
  const identity = await startDetached(command, { stdout: log, stderr: log })
  const answers = async () => {
    if (!(await isAlive(identity))) throw new Error(`the registry ended:\n${await readFile(log, 'utf8')}`)
    return fetch(`http://${address}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    )
  }
  if (!(await waitFor(answers, { timeoutMs: patienceMs }))) throw new Error('the registry does not answer')
  return {
    address,
    async end() {
      signalProcess(identity, 'SIGTERM')
      if (!(await waitFor(async () => !(await isAlive(identity)), { timeoutMs: patienceMs })))
        throw new Error('the registry does not end')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
