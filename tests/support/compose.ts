import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { projectFolder } from './built-project.ts'
import { freePorts } from './free-ports.ts'
import type { StandIns } from './docker-stand-ins.ts'

const longTimeoutMs = 1_200_000
const path = process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of Docker's tools in front of a daemon. `DOCKER_CONFIG` names plugins that are elsewhere. */
export const dockerEnv = (address: string, home: string): Record<string, string> => ({
  PATH: path,
  HOME: home,
  DOCKER_HOST: address,
  // The builder that needs nothing beside the daemon.
  DOCKER_BUILDKIT: '0',
  ...(process.env.DOCKER_CONFIG !== undefined && { DOCKER_CONFIG: process.env.DOCKER_CONFIG }),
})

/** Why `docker compose` cannot be used here; null if it can. */
export async function missingForCompose(): Promise<string | null> {
  const env = dockerEnv('unix:///nowhere', tmpdir())
  const { exitCode } = await runCommand({ file: 'docker', args: ['compose', 'version'], cwd: '/', env })
  return exitCode === 0 ? null : 'docker compose is not installed'
}

/** Commands of a guide: the lines of the blocks of `sh` below a heading, up to the next heading of its level. */
export function commandsBelow(text: string, heading: string): string {
  const [, after = ''] = text.split(`\n## ${heading}\n`)
  const [part = ''] = after.split('\n## ')
  const blocks = [...part.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block)
  if (blocks.length === 0) throw new Error(`there are no commands below ${heading}`)
  return blocks.join('')
}

/** A copy of the checkout, from which the guide of `deploy/docker` is followed. */
export type ComposeProject = {
  /** The address of the platform. */
  origin: string
  port: number
  /** Runs commands as a person types them in the folder of the checkout. Returns what they print, and rejects if one fails. */
  run(commands: string): Promise<string>
  /** Runs the commands of the guide below a heading. */
  follow(heading: string): Promise<string>
  dispose(): Promise<void>
}

/** Copies what belongs to the checkout, without what git ignores. */
export async function copyCheckout(target: string): Promise<void> {
  const script =
    'git -C "$1" ls-files -z --cached --others --exclude-standard --deduplicate | ' +
    'tar --create --directory="$1" --null --files-from=- | tar --extract --directory="$2"'
  const command = {
    file: '/bin/sh',
    args: ['-euc', script, 'sh', projectFolder, target],
    cwd: '/',
    env: { PATH: path },
  }
  const { exitCode, stderr } = await runCommand(command, { timeoutMs: longTimeoutMs })
  if (exitCode !== 0) throw new Error(stderr.join('\n'))
}

/** Prepares a copy of the checkout, so that its guide can be followed with images that stand in for those of a registry. */
export async function composeProject(address: string, standIns: StandIns): Promise<ComposeProject> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-compose-'))
  await copyCheckout(folder)
  const guide = await readFile(join(folder, 'deploy', 'docker', 'README.en.md'), 'utf8')
  const port = await freePorts(3)
  const file = join(folder, 'stand-ins.json')
  const args = { NODE_IMAGE: standIns.node, BUILD_IMAGE: standIns.build }
  // Docker of the tests has no network for builds. JSON is a part of YAML.
  await writeFile(file, JSON.stringify({ services: { vitrine: { build: { args, network: 'none' } } } }))
  const env = {
    ...dockerEnv(address, folder),
    COMPOSE_FILE: `${join(folder, 'deploy', 'docker', 'compose.yaml')}:${file}`,
    VITRINE_IMAGE: 'vitrine-test/vitrine:1',
    VITRINE_PORT: String(port),
    VITRINE_FRONT_PORTS: `${port + 1}-${port + 2}`,
    POSTGRES_IMAGE: standIns.postgres,
    REDIS_IMAGE: standIns.redis,
  }
  const run = async (commands: string) => {
    const command = { file: '/bin/sh', args: ['-euc', commands], cwd: folder, env }
    const options = { timeoutMs: longTimeoutMs, keepLines: 100_000 }
    const { exitCode, stdout, stderr } = await runCommand(command, options)
    if (exitCode === 0) return stdout.join('\n')
    throw new Error([commands, ...stdout, ...stderr].slice(-60).join('\n'))
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    run,
    follow: (heading) => run(commandsBelow(guide, heading)),
    async dispose() {
      await run('cd deploy/docker; [ ! -e .env ] || docker compose down --volumes --timeout 60')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
