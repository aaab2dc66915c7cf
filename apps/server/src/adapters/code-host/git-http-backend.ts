import type { IncomingHttpHeaders } from 'node:http'
import { basename, dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { streamCommand, type StreamingChild } from '../../lib/run-command.ts'
import { gitFailed } from './code-host.errors.ts'
import { gitEnvironment, inSandbox, runAsOwner, type GitSettings, type Repository } from './git-command.ts'

/** The headers of a request that git knows. */
export type GitHeaders = {
  contentType?: string | undefined
  contentEncoding?: string | undefined
  contentLength?: string | undefined
  gitProtocol?: string | undefined
}

/** The headers of a request that git knows. Pure. */
export const gitHeadersOf = (headers: IncomingHttpHeaders): GitHeaders => {
  const gitProtocol = headers['git-protocol']
  return {
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    contentLength: headers['content-length'],
    gitProtocol: typeof gitProtocol === 'string' ? gitProtocol : undefined,
  }
}

/** The parts of a request of git's smart HTTP protocol that the backend needs. */
export type GitHttpRequest = {
  headers: GitHeaders
  userName: string
} & (
  | { action: 'info/refs'; service: 'git-upload-pack' | 'git-receive-pack' }
  | ({ action: 'git-upload-pack' | 'git-receive-pack' } & GitBody)
)

type GitBody = {
  body: Readable
  /** The part of the body that was already read. */
  beginning?: readonly Buffer[]
  /** Called with the rest of the body while it is passed on. */
  onBody?: (chunk: Buffer) => void
}

/** The head of an answer of git. */
export type GitHead = { status: number; headers: Record<string, string> }

/** An answer of git: its head, then its bytes as they arrive. If the reader stops early, git is ended, unless it has all of a push. */
export type GitAnswer = AsyncGenerator<GitHead | Buffer, void, void>

const headerBytes = 16 * 1024
/** How long git may go on with a push that it has got, when nobody waits for its answer. In milliseconds. */
const longestAloneMs = 600_000
const protocolPattern = /^[A-Za-z0-9=:.-]{1,100}$/

/** The CGI variables (RFC 3875) that `git http-backend` reads. */
function cgiVariables(repository: Repository, request: GitHttpRequest): Record<string, string> {
  const { headers } = request
  const { gitProtocol } = headers
  return {
    GIT_PROJECT_ROOT: dirname(repository.path),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${basename(repository.path)}/${request.action}`,
    REQUEST_METHOD: request.action === 'info/refs' ? 'GET' : 'POST',
    QUERY_STRING: request.action === 'info/refs' ? `service=${request.service}` : '',
    REMOTE_USER: request.userName,
    REMOTE_ADDR: '127.0.0.1',
    ...(headers.contentType && { CONTENT_TYPE: headers.contentType }),
    ...(headers.contentLength && { CONTENT_LENGTH: headers.contentLength }),
    ...(headers.contentEncoding && { HTTP_CONTENT_ENCODING: headers.contentEncoding }),
    ...(gitProtocol && protocolPattern.test(gitProtocol) && { GIT_PROTOCOL: gitProtocol }),
  }
}

function parseHead(text: string): GitHead {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of text.split(/\r?\n/)) {
    const [name = '', ...value] = line.split(':')
    if (name.toLowerCase() === 'status') status = Number.parseInt(value.join(':').trim(), 10)
    else if (name) headers[name.toLowerCase()] = value.join(':').trim()
  }
  return { status, headers }
}

/** Reads the header lines. Returns them with the first bytes of the body, if they arrived together. */
async function readHead(output: AsyncIterator<Buffer>): Promise<{ head: string; rest: Buffer }> {
  let read = Buffer.alloc(0)
  while (read.length < headerBytes) {
    const { value, done } = await output.next()
    if (done) break
    read = Buffer.concat([read, value])
    const end = read.indexOf('\r\n\r\n')
    if (end >= 0) return { head: read.toString('latin1', 0, end), rest: read.subarray(end + 4) }
  }
  throw gitFailed(
    { command: 'http-backend' },
    new Error(`no header: ${read.toString('latin1').slice(0, 200)}`),
  )
}

function feed(child: StreamingChild, { body, beginning = [], onBody }: GitBody): void {
  // The backend may end before it has read everything; its answer says why. The rest of the body is
  // discarded.
  child.stdin.on('error', () => body.resume())
  const stop = () => {
    if (!body.readableEnded) child.kill()
  }
  // A client that disconnected earlier has already closed the body, and `close` is not emitted again.
  if (body.destroyed && !body.readableEnded) return stop()
  body.once('close', stop)
  for (const chunk of beginning) child.stdin.write(chunk)
  if (onBody) body.on('data', onBody)
  body.pipe(child.stdin)
}

/** Settings of git for a push. One of more than `mostBytes` is refused. */
export const settingsOfPush = ({
  mostBytes,
  mayRewrite,
}: {
  mostBytes: number
  mayRewrite: boolean
}): GitSettings => [
  // For git, 0 would mean no limit.
  ['receive.maxInputSize', String(Math.max(1, mostBytes))],
  // A push is kept as one pack, because a small pack can contain objects that are much larger when they are unpacked.
  ['receive.unpackLimit', '1'],
  ...(mayRewrite ? ([['receive.denyNonFastForwards', 'false']] as const) : []),
]

/**
 * Lets git come to its end after a push that has arrived as a whole: ended while it moves a branch, it would leave the lock of that branch
 * behind, and nobody could push to it again. All other work of git is ended.
 */
async function endGit(
  child: StreamingChild,
  output: AsyncIterator<Buffer>,
  request: GitHttpRequest,
): Promise<void> {
  const timer = setTimeout(() => child.kill(), longestAloneMs)
  if (request.action !== 'git-receive-pack' || !request.body.readableEnded) child.kill()
  // It waits until its output is read.
  else while (!(await output.next()).done);
  await child.ended
  clearTimeout(timer)
}

/**
 * Answers one request with `git http-backend`, streaming in both directions. `settings` are used in addition to those
 * of the platform.
 */
export async function* answerOfGit(
  repository: Repository,
  request: GitHttpRequest,
  settings: GitSettings = [],
): GitAnswer {
  const child = streamCommand(
    await inSandbox(repository, {
      file: 'git',
      args: ['http-backend'],
      cwd: repository.path,
      env: { ...gitEnvironment(settings), ...cgiVariables(repository, request) },
      ...runAsOwner(repository.path),
    }),
  )
  const output = child.stdout[Symbol.asyncIterator]()
  try {
    child.stderr.resume()
    if (request.action === 'info/refs') {
      child.stdin.on('error', () => undefined)
      child.stdin.end()
    } else feed(child, request)
    const { head, rest } = await readHead(output)
    yield parseHead(head)
    if (rest.length > 0) yield rest
    for (let next = await output.next(); !next.done; next = await output.next()) yield next.value
  } finally {
    await endGit(child, output, request)
  }
}
