import { basename, dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { streamCommand, type StreamingChild } from '../../lib/run-command.ts'
import { gitFailed } from './code-host.errors.ts'
import { gitEnvironment, gitLine, inSandbox, runAsOwner, tryGit, type Repository } from './git-command.ts'

/** The parts of a request of git's smart HTTP protocol that the backend needs. */
export type GitHttpRequest = {
  algorithmId: string
  method: 'GET' | 'POST'
  action: 'info/refs' | 'git-upload-pack' | 'git-receive-pack'
  /** For `info/refs`: the query `service=…`. */
  query: string
  headers: { contentType?: string; contentEncoding?: string; contentLength?: string; gitProtocol?: string }
  userName: string
  /** Null if the request has no body. */
  body: Readable | null
  /** What was read of the body before. */
  beginning?: readonly Buffer[]
  /** Sees the rest of the body as it is passed on. */
  onBody?: (chunk: Buffer) => void
}

/**
 * The backend's answer. The caller must read `body` to its end or stop reading; both end the process. `ended` resolves when it has
 * ended.
 */
export type GitHttpResponse = {
  status: number
  headers: Record<string, string>
  body: AsyncIterable<Buffer>
  ended: Promise<void>
}

const headerBytes = 16 * 1024
const protocolPattern = /^[A-Za-z0-9=:.-]{1,100}$/

/** The CGI variables (RFC 3875) that `git http-backend` reads. */
function cgiVariables(repository: Repository, request: GitHttpRequest): Record<string, string> {
  const { headers } = request
  const { gitProtocol } = headers
  return {
    GIT_PROJECT_ROOT: dirname(repository.path),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${basename(repository.path)}/${request.action}`,
    REQUEST_METHOD: request.method,
    QUERY_STRING: request.query,
    REMOTE_USER: request.userName,
    REMOTE_ADDR: '127.0.0.1',
    ...(headers.contentType && { CONTENT_TYPE: headers.contentType }),
    ...(headers.contentLength && { CONTENT_LENGTH: headers.contentLength }),
    ...(headers.contentEncoding && { HTTP_CONTENT_ENCODING: headers.contentEncoding }),
    ...(gitProtocol && protocolPattern.test(gitProtocol) && { GIT_PROTOCOL: gitProtocol }),
  }
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
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

async function* bodyOf(
  rest: Buffer,
  output: AsyncIterator<Buffer>,
  child: StreamingChild,
): AsyncGenerator<Buffer> {
  try {
    if (rest.length > 0) yield rest
    for (let next = await output.next(); !next.done; next = await output.next()) yield next.value
  } finally {
    child.kill()
  }
}

function feed(
  child: StreamingChild,
  { body, beginning = [], onBody }: Pick<GitHttpRequest, 'body' | 'beginning' | 'onBody'>,
): void {
  // The backend may end before it has read everything; its answer says why. The rest of the body is
  // discarded.
  child.stdin.on('error', () => body?.resume())
  if (!body) {
    child.stdin.end()
    return
  }
  const stop = () => {
    if (!body.readableEnded) child.kill()
  }
  // Who left before this has closed it already, and `close` does not come again.
  if (body.destroyed && !body.readableEnded) return stop()
  body.once('close', stop)
  for (const chunk of beginning) child.stdin.write(chunk)
  if (onBody) body.on('data', onBody)
  body.pipe(child.stdin)
}

/**
 * Answers one request with `git http-backend`, streaming in both directions. `packBytes` is the maximum size
 * of a push, and `more` are settings that count besides those of the platform.
 */
export async function runHttpBackend(
  {
    repository,
    packBytes,
    more = [],
  }: { repository: Repository; packBytes: number; more?: readonly (readonly [string, string])[] },
  request: GitHttpRequest,
): Promise<GitHttpResponse> {
  const environment = gitEnvironment([
    ['receive.maxInputSize', String(packBytes)],
    // What was pushed is kept as it came: small packs can hold objects that are much larger by themselves.
    ['receive.unpackLimit', '1'],
    ...more,
  ])
  const child = streamCommand(
    await inSandbox(repository, {
      file: 'git',
      args: ['http-backend'],
      cwd: repository.path,
      env: { ...environment, ...cgiVariables(repository, request) },
      ...runAsOwner(repository.path),
    }),
  )
  child.stderr.resume()
  feed(child, request)
  const output = child.stdout[Symbol.asyncIterator]()
  try {
    const { head, rest } = await readHead(output)
    return { ...parseHead(head), body: bodyOf(rest, output, child), ended: child.ended }
  } catch (error) {
    child.kill()
    throw error
  }
}

/** The name of the followed branch, and its newest commit; null if there is none. */
export async function followedNow(
  repository: Repository,
): Promise<{ branch: string; commit: string | null }> {
  const script = 'git symbolic-ref HEAD; git rev-parse --verify --quiet HEAD || true'
  const [ref = '', commit = ''] = (await gitLine({ repository, script, args: [] })).split('\n')
  return { branch: ref.replace(/^refs\/heads\//, ''), commit: commit === '' ? null : commit }
}

/**
 * Returns the newest commit of the followed branch, `main` unless the code came from elsewhere, and the first line of its message; null
 * if there is none.
 */
async function newestCommit(repository: Repository): Promise<{ commit: string; subject: string } | null> {
  const args = ['log', '-1', '--no-show-signature', '--format=%H%n%s', 'HEAD', '--']
  const { exitCode, stdout } = await tryGit({ repository, args })
  const [commit = '', subject = ''] = stdout.toString('utf8').split('\n')
  return exitCode === 0 ? { commit, subject } : null
}

/**
 * The commit that a push has put on the followed branch, and the first line of its message. `asked` is the commit that it was to be put
 * there, `before` the newest one from before the push. Null if git has refused it. Others may have pushed since, on top of it: what they
 * have pushed is theirs.
 */
export async function arrivedCommit(
  repository: Repository,
  { asked, before }: { asked: string | null; before: string | null },
): Promise<{ commit: string; subject: string } | null> {
  if (asked === null || asked === before) return null
  const isIn = async (commit: string) =>
    (await tryGit({ repository, args: ['merge-base', '--is-ancestor', asked, commit] })).exitCode === 0
  const after = await newestCommit(repository)
  if (after?.commit === asked) return after
  // What was there already was not put there: git takes no branch back.
  if (!after || !(await isIn(after.commit)) || (before !== null && (await isIn(before)))) return null
  return { commit: asked, subject: await gitLine({ repository, args: ['log', '-1', '--format=%s', asked] }) }
}
