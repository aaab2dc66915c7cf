import { statSync } from 'node:fs'
import { withoutNetwork, type Sandbox } from '../../lib/sandbox/sandbox.ts'
import { streamCommand, type Command, type RunAs, type StreamingChild } from '../../lib/run-command.ts'
import { answerTooLong, gitFailed, gitMissing } from './code-host.errors.ts'
import type { Lead } from '../../lib/sandbox/relay.ts'

/**
 * Settings for every git command, whatever the configuration of the machine, its users or the repository
 * says. No hooks run, contents are not converted, no symbolic link is created, big files are streamed, and
 * the history of a pushed branch cannot be rewritten.
 */
const settings: GitSettings = [
  ['safe.directory', '*'],
  // The group, which checkouts have, may read what is written.
  ['core.sharedRepository', '0640'],
  ['core.hooksPath', '/dev/null'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.quotePath', 'false'],
  ['core.fileMode', 'true'],
  ['core.symlinks', 'false'],
  ['core.autocrlf', 'false'],
  ['core.bigFileThreshold', '16m'],
  ['gc.autoDetach', 'false'],
  ['maintenance.autoDetach', 'false'],
  ['http.receivepack', 'true'],
  ['http.getanyfile', 'false'],
  ['receive.fsckObjects', 'true'],
  ['receive.denyNonFastForwards', 'true'],
  // Only the followed branch cannot be deleted. Deployed commits of other branches are kept without their branch.
  ['receive.denyDeleteCurrent', 'refuse'],
  // Other refs cannot be pushed: git would treat some names as replaced objects, and others are used by the platform.
  ['receive.hideRefs', 'refs'],
  ['receive.hideRefs', '!refs/heads'],
  ['receive.hideRefs', '!refs/tags'],
  ['receive.hideRefs', '!refs/notes'],
]

/**
 * The largest block of memory that git may allocate, in mebibytes. A few compressed kilobytes can expand to gigabytes
 * of one message or file. Git never stores files of more than 512 MiB as differences, so it must not hold larger ones
 * as a whole.
 */
const mostAtOnce = 640
/** The same limit for reading old contents line by line, in mebibytes. The files that are shown are much smaller. */
export const mostOfHistory = 128

/** Settings of git, by their keys. */
export type GitSettings = readonly (readonly [string, string])[]

/** Returns the complete environment of a git command. `more` are further settings. */
export function gitEnvironment(more: GitSettings = []): Record<string, string> {
  const all = [...settings, ...more]
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LITERAL_PATHSPECS: '1',
    // Without replaced objects, a commit has the same contents as when it was tested, approved and recorded.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOC_LIMIT: `${mostAtOnce}m`,
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  }
}

/** The account as which git runs on a repository: its owner. Root never reads content that others have pushed. */
export function runAsOwner(repository: string): { runAs?: RunAs } {
  if (process.getuid?.() !== 0) return {}
  const owner = statSync(repository, { throwIfNoEntry: false })
  return owner && owner.uid !== 0 ? { runAs: { uid: owner.uid, gid: owner.gid } } : {}
}

/** A bare repository. Others have pushed its content, so git reads it in a sandbox without the network. */
export type Repository = { path: string; sandbox: Sandbox }

/** A git command on one repository. */
export type GitCall = {
  args: readonly string[]
  /**
   * A shell script of several git commands. It ends at the first one that fails, and gets `args` as `$1` and the
   * following. One sandbox for all commands takes less processor time than one for each.
   */
  script?: string
  repository: Repository
  env?: Readonly<Record<string, string>>
  /** The working directory; the repository if absent. */
  cwd?: string
  /** Folders besides the repository that it reads, and that it writes to. */
  reads?: readonly string[]
  writes?: readonly string[]
  /** Whether it must not change the repository, for example because its account may only read it. */
  isReader?: boolean
  /** The account that runs it; the owner of the repository if absent. It must be able to read it. */
  runAs?: RunAs
  input?: string | Buffer
  signal?: AbortSignal
  /** Settings for this command only. */
  more?: GitSettings
  /** Lets it reach another repository. */
  lead?: Lead
}

/**
 * Returns a command that works on a repository in its sandbox. It sees only this repository, and nothing of the
 * platform.
 */
export function inSandbox(
  { path, sandbox }: Repository,
  command: Command,
  {
    reads = [],
    writes = [],
    isReader = false,
    lead,
  }: Pick<GitCall, 'reads' | 'writes' | 'isReader' | 'lead'> = {},
): Promise<Command> {
  const view = {
    read: [...reads, ...(isReader ? [path] : [])],
    write: [...writes, ...(isReader ? [] : [path])],
    ...withoutNetwork(sandbox),
  }
  const led = lead ? lead(command, view) : { command, view }
  return sandbox.wrap(led.command, led.view)
}

/** Returns the command of a call. */
export function gitCommand(call: GitCall): Promise<Command> {
  const { path } = call.repository
  const { script, args } = call
  const command: Command = {
    ...(script === undefined
      ? { file: 'git', args }
      : { file: '/bin/sh', args: ['-ec', script, 'git', ...args] }),
    cwd: call.cwd ?? path,
    env: { ...gitEnvironment(call.more), GIT_DIR: path, ...call.env },
    ...(call.runAs ? { runAs: call.runAs } : runAsOwner(path)),
  }
  return inSandbox(call.repository, command, call)
}

const stderrBytes = 16 * 1024
/**
 * The longest answer of a command, in bytes. A commit of a few bytes can contain any number of files, and messages have
 * no bound.
 */
const stdoutBytes = 32 * 1024 ** 2
/** The exit code of `env` and shells if there is no such program. */
const notFound = 127

async function collect(stream: AsyncIterable<Buffer>, atMost: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    if (length < atMost) chunks.push(chunk)
    length += chunk.length
  }
  return Buffer.concat(chunks)
}

function feed(child: StreamingChild, input: string | Buffer | undefined): void {
  // If git ends before it has read all input, the pipe breaks. Its exit code says why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
}

/** Collects an answer in memory. If it is too long, the command is ended. Throws `code_host.answer_too_long`. */
async function collectBounded(child: StreamingChild): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of child.stdout) {
    length += chunk.length
    if (length > stdoutBytes) {
      child.kill()
      throw answerTooLong({ limit_bytes: stdoutBytes })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Runs git and returns how it ended. The output is held in memory, so use it for lists and ids, never for
 * file contents. Throws `code_host.answer_too_long`.
 */
export async function tryGit(
  call: GitCall,
): Promise<{ exitCode: number | null; stdout: Buffer; stderr: string }> {
  call.signal?.throwIfAborted()
  const child = streamCommand(await gitCommand(call))
  const abort = () => child.kill()
  call.signal?.addEventListener('abort', abort, { once: true })
  try {
    feed(child, call.input)
    const [stdout, stderr, closed] = await Promise.all([
      collectBounded(child),
      collect(child.stderr, stderrBytes),
      child.closed,
    ])
    call.signal?.throwIfAborted()
    if (closed.startError) throw gitMissing({}, new Error(closed.startError))
    if (closed.exitCode === notFound) throw gitMissing({}, new Error(stderr.toString('utf8')))
    return { exitCode: closed.exitCode, stdout, stderr: stderr.toString('utf8') }
  } finally {
    call.signal?.removeEventListener('abort', abort)
  }
}

/** The name of a call for error messages: its command, or the first one of a script. */
const nameOf = ({ script, args: [first = ''] }: GitCall): string =>
  script === undefined ? first : (/\bgit (\S+)/.exec(script)?.[1] ?? '')

/**
 * Runs git, which must succeed, and returns its output. Throws `code_host.git_failed`, or the signal's
 * reason.
 */
export async function git(call: GitCall): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await tryGit(call)
  if (exitCode !== 0)
    throw gitFailed({ command: nameOf(call) }, new Error(`exit ${exitCode}: ${stderr.trim()}`))
  return stdout
}

/** Like {@link git}, for one line of text. */
export const gitLine = async (call: GitCall): Promise<string> => (await git(call)).toString('utf8').trim()
