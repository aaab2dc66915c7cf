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
  // Only the followed branch is permanent. What was deployed of another one is kept without it.
  ['receive.denyDeleteCurrent', 'refuse'],
  // Nobody pushes anything else: git would take other names for replaced objects, or for what the platform keeps.
  ['receive.hideRefs', 'refs'],
  ['receive.hideRefs', '!refs/heads'],
  ['receive.hideRefs', '!refs/tags'],
  ['receive.hideRefs', '!refs/notes'],
]

/**
 * The largest piece of memory that git takes at once. A few kilobytes can stand for gigabytes of one message or file. Git never
 * stores files of more than 512 MiB as differences, which are the largest that it must hold as a whole. In mebibytes.
 */
const mostAtOnce = 640
/** The same where git reads old contents line by line. The files that are shown are much smaller. In mebibytes. */
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
    // The contents of a commit stay what they were when it was tested, approved and recorded.
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

/**
 * The account that git runs as on a repository: its owner. What others have pushed is never read by root.
 */
export function runAsOwner(repository: string): { runAs?: RunAs } {
  if (process.getuid?.() !== 0) return {}
  const owner = statSync(repository, { throwIfNoEntry: false })
  return owner && owner.uid !== 0 ? { runAs: { uid: owner.uid, gid: owner.gid } } : {}
}

/** A bare repository. What is in it was pushed by others, so git reads it in a sandbox, without the network. */
export type Repository = { path: string; sandbox: Sandbox }

/** A git command on one repository. */
export type GitCall = {
  args: readonly string[]
  /**
   * A shell script of several git commands, which ends at the first that fails; it gets `args` as `$1` and the following. A
   * sandbox for all takes the processor less than one for each.
   */
  script?: string
  repository: Repository
  env?: Readonly<Record<string, string>>
  /** The working directory; the repository if absent. */
  cwd?: string
  /** Folders besides the repository that it reads, and that it writes to. */
  reads?: readonly string[]
  writes?: readonly string[]
  /** Whether it must not change the repository, as with an account that only may read it. */
  isReader?: boolean
  /** The account that runs it; the owner of the repository if absent. It must be able to read it. */
  runAs?: RunAs
  input?: string | Buffer
  signal?: AbortSignal
  /** Settings for this command alone. */
  more?: GitSettings
  /** Leads it to another repository. */
  lead?: Lead
}

/**
 * Returns a command that works on a repository, in its sandbox: it sees this repository and no other, and nothing of the
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
/** The longest answer of a command. A commit of a few bytes can stand for any number of files, and a message has no bound. */
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

/** Collects an answer. A longer one than is held in memory ends the command. Throws `code_host.answer_too_long`. */
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

/** What a failure is named by: the command, or the first of a script. */
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
