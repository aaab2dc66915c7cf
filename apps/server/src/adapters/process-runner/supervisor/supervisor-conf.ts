import { relative } from 'node:path'
import { quotedWord } from '../../../lib/shell-word.ts'
import { unusableSpec } from '../process-runner.errors.ts'
import type { ProcessSpec } from '../process-runner.ts'
import { exitLimit } from '../crash-loop.ts'
import { dropRoot } from '../resource-limits/resource-limits.ts'
import type { LogRotation } from '../../log-files/log-rotation.ts'
import { listenDescriptor } from '../process-endpoint.ts'
import { socketBacklog, socketMode } from '../socket-folder.ts'

/** The files of a private supervisord, relative to its folder, which is its working directory. */
export const supervisorFiles = {
  conf: 'supervisord.conf',
  log: 'supervisord.log',
  rotatedLogs: ['supervisord.log.1', 'supervisord.log.2'],
  stderr: 'supervisord.stderr.log',
  programs: 'conf.d',
  launch: 'launch',
}

/** Variables that supervisord adds or a shell sets by itself. The process must not see them. */
const foreignNames = ['PWD', 'OLDPWD', 'SHLVL', '_']

/**
 * Returns shell commands that set exactly the environment of a spec, and unset what the shell has set by itself.
 * Throws if a name or value cannot be one of a variable.
 */
export function setEnvironment({ id, env }: Pick<ProcessSpec, 'id' | 'env'>): string[] {
  const reject = (why: string) => unusableSpec({ id, field: 'env', why })
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw reject(`${name} is not a name of a variable`)
    if (value.includes('\0')) throw reject(`${name} holds a NUL`)
  }
  return [
    `unset ${foreignNames.filter((name) => env[name] === undefined).join(' ')}`,
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quotedWord(value)}`),
  ]
}

/** The commands before a program's launch file, which put it under its limits. */
export type EnterCommands = readonly string[]

const hasEnterFile = (spec: ProcessSpec, lines: EnterCommands) => lines.length > 0 || spec.user !== null

const launchFile = (id: string) => `${supervisorFiles.launch}/${id}.sh`
const enterFile = (id: string) => `${supervisorFiles.launch}/${id}.enter.sh`

/**
 * How many descriptors supervisord closes one by one in each child. Python itself closes the others when the
 * program begins. supervisord also requests this many as its limit, but has more: Node raises its own limit
 * to the maximum, and children inherit that.
 */
const closedDescriptors = 64

/** Returns the main configuration. The path is absolute. */
export function renderSupervisorConf(socketPath: string): string {
  return `[supervisord]
nodaemon = true
logfile = ${supervisorFiles.log}
logfile_maxbytes = 5MB
logfile_backups = ${supervisorFiles.rotatedLogs.length}
loglevel = info
pidfile = supervisord.pid
minfds = ${closedDescriptors}
minprocs = 1
[unix_http_server]
file = ${escapeValue(socketPath)}
chmod = 0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files = ${supervisorFiles.programs}/*.conf
`
}

const escapeValue = (value: string) => value.replaceAll('%', '%%')

/**
 * Whether supervisord reads a value exactly as written. A comment sign after white space truncates it, white
 * space at its ends is stripped, a line break ends it, and none of these can be quoted.
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
 * How the configuration of a program begins. supervisord itself knows programs that inherit a listening socket, as their
 * standard input, from FastCGI. It creates a new one before each start, in place of the earlier one.
 */
function section({ id }: ProcessSpec, socket: string | null): string {
  if (socket === null) return `[program:${id}]`
  return `[fcgi-program:${id}]
socket = unix://${escapeValue(socket)}
socket_mode = 0${socketMode.toString(8)}
socket_backlog = ${socketBacklog}`
}

/**
 * Returns the configuration of one program, relative to supervisord's `folder`. Nothing in it can be misread:
 * program, arguments, environment and working directory are in the launch file. `env -i` removes
 * supervisord's own environment. A program with limits or an account begins with the enter file, which ends in
 * the launch file: supervisord's own `user` takes only accounts that have a name. supervisord itself counts quick exits, up to the same number as in a crash loop.
 */
export function renderProgramConf(
  spec: ProcessSpec,
  folder: string,
  {
    entrance,
    socket,
    logRotation: { maxBytes, backups },
  }: { entrance: EnterCommands; socket: string | null; logRotation: LogRotation },
): string {
  const first = hasEnterFile(spec, entrance) ? enterFile(spec.id) : launchFile(spec.id)
  return `${section(spec, socket)}
command = /usr/bin/env -i VITRINE_INSTANCE=${spec.id} /bin/sh ${first}
umask = 022
autostart = false
autorestart = true
startsecs = ${Math.round(spec.startSeconds)}
startretries = ${exitLimit - 1}
stopsignal = TERM
stopwaitsecs = ${Math.ceil(spec.stopGraceMs / 1000) + 1}
stopasgroup = true
killasgroup = true
stdout_logfile = ${logPath(spec, 'stdoutLog', folder)}
stdout_logfile_maxbytes = ${maxBytes}
stdout_logfile_backups = ${backups}
stderr_logfile = ${logPath(spec, 'stderrLog', folder)}
stderr_logfile_maxbytes = ${maxBytes}
stderr_logfile_backups = ${backups}
`
}

/** The socket is the standard input of what supervisord starts. Programs have it where the local runner gives it. */
const takeSocket = ` ${listenDescriptor}<&0 < /dev/null`

/**
 * Returns the launch file. It sets the environment, changes to the working directory and executes the
 * program. It is a file of mode 0400, because everybody can see command lines in the process list.
 */
export function renderLaunch(spec: ProcessSpec): string {
  const set = setEnvironment(spec)
  if ([spec.file, spec.cwd, ...spec.args].some((text) => text.includes('\0')))
    throw unusableSpec({ id: spec.id, field: 'args', why: 'holds a NUL' })
  return [
    `cd -- ${quotedWord(spec.cwd)} || exit 127`,
    ...set,
    `exec ${[spec.file, ...spec.args].map(quotedWord).join(' ')}${spec.listens === 'socket' ? takeSocket : ''}`,
    '',
  ].join('\n')
}

/**
 * Returns the enter file, or null if there is no limit to set and no account to change to. It contains nothing
 * of the spec's environment, because it may run as root, and a variable could make the loader run foreign
 * code.
 */
export function renderEnter(spec: ProcessSpec, lines: EnterCommands): string | null {
  if (!hasEnterFile(spec, lines)) return null
  const launch = ['/bin/sh', launchFile(spec.id)]
  const become = spec.user ? dropRoot(spec.user, launch) : launch
  return [...lines, `exec ${become.map(quotedWord).join(' ')}`, ''].join('\n')
}
