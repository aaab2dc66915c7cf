import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Docker } from '../../apps/server/src/adapters/docker/docker-client.ts'
import { findProgram } from '../../apps/server/src/lib/find-program.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
/** The name of the image. */
const baseImageName = 'vitrine-test/base:1'

const programs = [
  ...[
    'sh',
    'env',
    'id',
    'cat',
    'ls',
    'cp',
    'rm',
    'mkdir',
    'touch',
    'chmod',
    'chown',
    'sleep',
    'true',
    'false',
  ],
  ...['head', 'tail', 'grep', 'seq', 'setsid', 'tr', 'wc', 'date', 'python3'],
]

async function linesOf(file: string, args: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCommand({ file, args, cwd: '/', env })
  if (exitCode !== 0) throw new Error(`${file}: ${stderr.join('\n')}`)
  return stdout
}

/** The libraries that programs are linked with. A program without any is left out. */
async function librariesOf(files: readonly string[]): Promise<string[]> {
  const { stdout } = await runCommand({ file: 'ldd', args: files, cwd: '/', env }, { keepLines: 10_000 })
  return stdout.flatMap((line) => /(?:=> |^\s+)(\/\S+) \(/.exec(line)?.[1] ?? [])
}

/** The parts of this machine that the image has: a shell and its usual programs, Python with its own library, and Node. */
async function partsOfMachine(): Promise<string[]> {
  const found = await Promise.all(programs.map((name) => findProgram(name, env.PATH)))
  const files = found.flatMap((file) => file ?? [])
  const [library = ''] = await linesOf('python3', [
    '-c',
    'import sysconfig; print(sysconfig.get_path("stdlib"))',
  ])
  const modules = await linesOf('find', [join(library, 'lib-dynload'), '-name', '*.so'])
  const linked = [...files, process.execPath, ...modules]
  const libraries = await librariesOf(linked)
  const paths = [...files, ...libraries, library]
  return [...new Set([...paths, ...(await Promise.all(paths.map((path) => realpath(path))))])]
}

/** The folders and files that are the image's own. */
async function writeFrame(root: string): Promise<void> {
  for (const folder of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'etc',
    'proc',
    'sys',
    'dev',
    'root',
    'app',
  ])
    await mkdir(join(root, folder), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await chmod(join(root, 'tmp'), 0o1777)
  await chmod(root, 0o755)
  await copyFile(process.execPath, join(root, 'usr/bin/node'))
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name))
  const accounts = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n'
  await writeFile(join(root, 'etc/passwd'), accounts)
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
}

/**
 * Makes an image out of programs of this machine, without any registry, and returns its id. Node is in
 * /usr/bin.
 */
export async function importBaseImage(docker: Docker): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-image-'))
  try {
    await writeFrame(root)
    // A part below a link such as /lib is stored as the folder that the link names.
    const parts = (await partsOfMachine()).map((path) =>
      path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/'),
    )
    const relative = [...new Set(parts)].map((path) => path.slice(1))
    const skipped = ['--exclude=__pycache__', '--exclude=*/test', '--exclude=*/idlelib', '--exclude=*.a']
    const frame = ['-C', root, '.']
    const args = ['-c', '--owner=0', '--group=0', ...skipped, ...frame, '-C', '/', ...relative]
    const tar = spawn('tar', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(tar, 'close')
    const answer = await docker.importImage(tar.stdout, { repo: 'vitrine-test/base', tag: '1' })
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(answer, (error) => (error ? reject(error) : resolve()))
    })
    await ended
    if (tar.exitCode !== 0) throw new Error(`tar ended with ${tar.exitCode}`)
    return (await docker.getImage(baseImageName).inspect()).Id
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
