import { relative } from 'node:path'
import { unusableSpec } from './process-runner.errors.ts'
import type { ProcessSpec } from './process-runner.ts'
import { exitLimit } from './crash-loop.ts'
import { logBackups, logMaxBytes } from './rotate-log.ts'

/** The files of a private supervisord, relative to its folder, which is its working directory. */
export const supervisorFiles = {
  conf: 'supervisord.conf',
  log: 'supervisord.log',
  stderr: 'supervisord.stderr.log',
  programs: 'conf.d',
  launch: 'launch',
}

/** What supervisord adds to the environment and a shell sets by itself; the process must not see it. */
const foreignNames = ['PWD', 'OLDPWD', 'SHLVL', '_']

/** The main configuration. `socketPath` is absolute; `maxFiles` bounds the number of programs (about five descriptors each). */
export function renderSupervisorConf(input: { socketPath: string; maxFiles: number }): string {
  return `[supervisord]
nodaemon = true
logfile = ${supervisorFiles.log}
logfile_maxbytes = 5MB
logfile_backups = 2
loglevel = info
pidfile = supervisord.pid
minfds = ${input.maxFiles}
minprocs = 1
[unix_http_server]
file = ${escapeValue(input.socketPath)}
chmod = 0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = ${supervisorFiles.programs}/*.conf
`
}

const escapeValue = (value: string) => value.replaceAll('%', '%%')

/**
 * Whether supervisord reads a value as it is written: a comment sign after white space cuts it, white space at its ends is
 * stripped, a line break ends it, and there is no way to quote any of them.
 */
export function isPlainValue(value: string): boolean {
  return !/[\s][;#]|[\r\n\0]|^\s|\s$/.test(value)
}

function logPath(spec: ProcessSpec, field: 'stdoutLog' | 'stderrLog', folder: string): string {
  const path = relative(folder, spec[field])
  if (!isPlainValue(path)) {
    throw unusableSpec({ id: spec.id, field, why: `supervisord cannot be given the path ${spec[field]}` })
  }
  return escapeValue(path)
}

/**
 * The configuration of one program, seen from supervisord's `folder`. Nothing in it can be misread: program, arguments,
 * environment and working directory are in the launch file. `env -i` keeps supervisord's own environment away.
 * Quick ends are counted by supervisord itself, up to the same number as in a crash loop.
 */
export function renderProgramConf(spec: ProcessSpec, folder: string): string {
  const user = spec.user ? `user = ${spec.user.uid}\n` : ''
  return `[program:${spec.id}]
command = /usr/bin/env -i VITRINE_INSTANCE=${spec.id} /bin/sh ${supervisorFiles.launch}/${spec.id}.sh
${user}autostart = false
autorestart = true
startsecs = ${Math.round(spec.startSeconds)}
startretries = ${exitLimit - 1}
stopsignal = TERM
stopwaitsecs = ${Math.ceil(spec.stopGraceMs / 1000) + 1}
stopasgroup = true
killasgroup = true
stdout_logfile = ${logPath(spec, 'stdoutLog', folder)}
stdout_logfile_maxbytes = ${logMaxBytes}
stdout_logfile_backups = ${logBackups}
stderr_logfile = ${logPath(spec, 'stderrLog', folder)}
stderr_logfile_maxbytes = ${logMaxBytes}
stderr_logfile_backups = ${logBackups}
`
}

/** A word of a POSIX shell that stands for exactly this text (POSIX.1-2024, XCU 2.2.2: nothing is special in single quotes). */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/**
 * The launch file: sets the environment, goes to the working directory and becomes the program. It is a file of mode 0400
 * because what stands on a command line is seen by everybody in the process list.
 */
export function renderLaunch(spec: ProcessSpec): string {
  const reject = (field: string, why: string) => unusableSpec({ id: spec.id, field, why })
  for (const [name, value] of Object.entries(spec.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw reject('env', `${name} is not a name of a variable`)
    if (value.includes('\0')) throw reject('env', `${name} holds a NUL`)
  }
  if ([spec.file, spec.cwd, ...spec.args].some((text) => text.includes('\0')))
    throw reject('args', 'holds a NUL')
  const drop = foreignNames.filter((name) => spec.env[name] === undefined)
  const set = Object.entries(spec.env).map(([name, value]) => `export ${name}=${shellWord(value)}`)
  return [
    `cd -- ${shellWord(spec.cwd)} || exit 127`,
    `unset ${drop.join(' ')}`,
    ...set,
    `exec ${[spec.file, ...spec.args].map(shellWord).join(' ')}`,
    '',
  ].join('\n')
}
