import { z } from 'zod'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

/** What an attempt came to: the code of the system's error, `refused`, or `done`. */
export type Outcomes = Record<string, string>

const outcomes = z.record(z.string(), z.string())

/**
 * What somebody tries who runs code in the control plane. `others` is a process of root, `member` a number of the
 * platform, `trap` a program that belongs to root and would run as root (setuid), and `groups` are the cgroups of the
 * control plane.
 */
const script = `
const fs = require('node:fs')
const net = require('node:net')
const { spawnSync } = require('node:child_process')
const [others, member, trap, program, ...groups] = process.argv.slice(1)
const as = (uid) => {
  const { error, status } = spawnSync('/usr/bin/id', { uid, gid: uid })
  if (error) throw error
  if (status !== 0) throw { code: 'refused' }
}
const run = (file, ...args) => {
  const { error, status } = spawnSync(file, args)
  if (error) throw error
  if (status !== 0) throw { code: 'refused' }
}
const attempts = {
  'become a number of its own': () => as(Number(member)),
  'write its own file': () => { fs.writeFileSync('control-plane-attack', ''); fs.rmSync('control-plane-attack') },
  'read the passwords of the machine': () => fs.readFileSync('/etc/shadow'),
  'write in /etc': () => fs.writeFileSync('/etc/vitrine-attack', ''),
  'write in the home of root': () => fs.writeFileSync('/root/vitrine-attack', ''),
  'take a file of root': () => fs.chownSync(trap, 0, 0),
  'change its own program': () => fs.appendFileSync(program, ''),
  'become nobody': () => as(65534),
  'become the account of other sites': () => as(33),
  'see whether it can signal the first process': () => run('/bin/sh', '-c', 'kill -0 1'),
  'see whether it can signal a process of root': () => run('/bin/sh', '-c', 'kill -0 ' + others),
  'read the environment of a process of root': () => fs.readFileSync('/proc/' + others + '/environ'),
  'mount': () => run('/usr/bin/mount', '-t', 'tmpfs', 'none', '/mnt'),
  'make a device': () => run('/usr/bin/mknod', 'device', 'b', '8', '0'),
  'use a program that runs as root': () => run(trap, '/etc/shadow'),
}
const limits = ['memory.limit_in_bytes', 'pids.max', 'cpu.cfs_quota_us', 'memory.max', 'cpu.max']
for (const group of groups) {
  attempts['cgroup: leave ' + group] = () => fs.writeFileSync(group + '/../cgroup.procs', String(process.pid))
  for (const file of limits.map((name) => group + '/' + name).filter((name) => fs.existsSync(name)))
    attempts['cgroup: lift ' + file] = () => fs.writeFileSync(file, file.endsWith('max') ? 'max' : '-1')
  attempts['cgroup: move a process of root into ' + group] = () => {
    const own = fs.statSync(group).uid === 0 ? group + '/vitrine-attack' : group + '/../vitrine-attack'
    fs.mkdirSync(own)
    try { fs.writeFileSync(own + '/cgroup.procs', others) } finally { fs.rmdirSync(own) }
  }
}
const listen = () => new Promise((resolve) => {
  const server = net.createServer()
  server.on('error', (error) => resolve(error.code))
  server.listen(81, '127.0.0.1', () => server.close(() => resolve('done')))
})
const tried = Object.entries(attempts).map(([name, attempt]) => {
  try { attempt(); return [name, 'done'] } catch (error) { return [name, error.code] }
})
listen().then((code) => console.log(JSON.stringify(Object.fromEntries([...tried, ['listen on a port of root', code]]))))
`

/** Tries everything, as the control plane runs: `command` are the words in front of its own. */
export async function tryEverything(
  command: readonly string[],
  input: {
    cwd: string
    others: number
    member: number
    trap: string
    program: string
    groups: readonly string[]
  },
): Promise<Outcomes> {
  const { cwd, others, member, trap, program, groups } = input
  const words = [
    ...command,
    process.execPath,
    '-e',
    script,
    `${others}`,
    `${member}`,
    trap,
    program,
    ...groups,
  ]
  const [file = '', ...args] = words
  const { stdout, stderr } = await runCommand({ file, args, cwd, env: { PATH: '/usr/bin:/bin' } })
  const last = stdout.at(-1)
  if (last === undefined) throw new Error(stderr.join('\n'))
  return outcomes.parse(JSON.parse(last))
}
