import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** `nobody` and its group, with no other rights. */
const anotherAccount = { uid: 65_534, gid: 65_534 }

/** Whether this process may become another account. */
export const canBeAnother = process.getuid?.() === 0

/** Runs a script of Node as another account of the machine, with a value as its `given`, and parses what it prints. */
export async function asAnother(script: string, given: unknown): Promise<unknown> {
  const read = "const given = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
  const child = spawn(process.execPath, ['-e', `${read}\n${script}`], {
    ...anotherAccount,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(given))
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')])
  return JSON.parse(printed)
}

/** Connects to a socket as another account. Resolves with `connected` or the system's error code. */
export const connectAsAnother = (path: string): Promise<unknown> =>
  asAnother(
    `const tell = (told) => process.stdout.write(JSON.stringify(told))
     require('node:net').connect(given).on('connect', function () { tell('connected'); this.destroy() }).on('error', (error) => tell(error.code))`,
    path,
  )
