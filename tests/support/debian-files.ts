import { lstat } from 'node:fs/promises'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }
const manyLines = 200_000

async function linesOf(file: string, args: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await runCommand(
    { file, args, cwd: '/', env },
    { keepLines: manyLines },
  )
  if (exitCode !== 0) throw new Error(`${file}: ${stderr.join('\n')}`)
  return stdout
}

type Package = { isEssential: boolean; needs: string[][] }

/** The names in a list of dpkg: `a (>= 1) | b, c:any` are two needs, the first of which two packages meet. */
const needsIn = (text: string): string[][] =>
  text
    .split(',')
    .map((group) => group.split('|').map((name) => name.trim().replace(/[\s:(].*$/, '')))
    .map((group) => group.filter(Boolean))
    .filter((group) => group.length > 0)

/** The installed packages by their names, and by the names that they provide. */
async function installedPackages(): Promise<Map<string, Package>> {
  const fields = ['Package', 'db:Status-Status', 'Essential', 'Pre-Depends', 'Depends', 'Provides']
  const format = `${fields.map((field) => `\${${field}}`).join('\\t')}\\n`
  const rows = (await linesOf('dpkg-query', ['-W', '-f', format])).map((line) => line.split('\t'))
  const found = new Map<string, Package>()
  const provided = new Map<string, Package>()
  for (const [name = '', status, essential, before = '', needed = '', provides = ''] of rows) {
    if (status !== 'installed') continue
    const one = { isEssential: essential === 'yes', needs: needsIn(`${before},${needed}`) }
    found.set(name, one)
    for (const other of needsIn(provides).flat()) provided.set(other, { isEssential: false, needs: [[name]] })
  }
  return new Map([...provided, ...found])
}

/** These packages with all that they need, and those that Debian always has. */
function withNeeds(all: ReadonlyMap<string, Package>, names: readonly string[]): string[] {
  const wanted = new Set<string>()
  const add = (name: string) => {
    const one = all.get(name)
    if (wanted.has(name) || !one) return
    wanted.add(name)
    for (const group of one.needs) {
      const first = group.find((other) => all.has(other))
      if (first !== undefined) add(first)
    }
  }
  for (const [name, { isEssential }] of all) if (isEssential) add(name)
  for (const name of names) add(name)
  return [...wanted]
}

const isWanted = (path: string) => !/^\/usr\/share\/(doc|info|lintian|locale|man)\//.test(path)
/** A file below a link such as /lib is stored in the folder that the link names. */
const inUsr = (path: string) => path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/')
const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** What no package lists: links that Debian's alternatives made, and what says which packages are installed. */
async function files(): Promise<string[]> {
  const places = ['/usr/bin', '/usr/sbin', '/usr/lib']
  const links = await linesOf('find', [
    ...places,
    ...['-maxdepth', '2', '-type', 'l', '-lname', '/etc/alternatives/*'],
  ])
  const alternatives = await linesOf('find', ['/etc/alternatives', '/etc/ssl/certs'])
  const single = ['bin', 'sbin', 'lib', 'lib64', 'etc/group', 'etc/ld.so.cache', 'etc/nsswitch.conf']
  return [
    ...links,
    ...alternatives,
    ...[...single, 'etc/passwd', 'var/lib/dpkg/status'].map((name) => `/${name}`),
  ]
}

/** The paths of all that Debian packages of this machine have, with the packages that they need: a small Debian. */
export async function debianFiles(names: readonly string[]): Promise<string[]> {
  const all = await installedPackages()
  const missing = names.filter((name) => !all.has(name))
  if (missing.length > 0) throw new Error(`not installed: ${missing.join(', ')}`)
  const real = await linesOf('dpkg-query', ['-W', '-f', '${Package}\\n'])
  const wanted = withNeeds(all, names).filter((name) => real.includes(name))
  const listed = (await linesOf('dpkg-query', ['-L', ...wanted])).filter((line) => line.startsWith('/'))
  const paths = [...new Set([...listed.filter((path) => path !== '/.'), ...(await files())].map(inUsr))]
  const exist = await Promise.all(paths.map(isThere))
  return paths.filter((path, index) => exist[index] === true && isWanted(path))
}
