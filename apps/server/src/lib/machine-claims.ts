import { randomUUID } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { hasCode } from './code-of-error.ts'
import { waitFor } from './wait-for.ts'

/**
 * Claims on names that hold on the whole machine for the lifetime of this process. Each claim is a unix socket in a folder
 * of `/tmp` that all accounts share (`man 7 unix`). No sandbox shows that folder, so no service can make a claim; an
 * abstract socket would be anybody's who shares the network. The kernel lists a socket until its process ends, so the file
 * of a killed process counts for nothing. A claim is an agreement among platforms, and opening the port is the
 * final word: where claims cannot be made, every claim succeeds.
 */
export type MachineClaims = {
  /**
   * Claims a name. True if this process has the claim now, or had it before; false if another process has it.
   */
  claim(name: string): Promise<boolean>
  /** Releases a name. Releasing a name that is not ours is no error. */
  release(name: string): void
  /** Releases all names. */
  close(): void
}

/**
 * The result of a step: the socket of the claim; `free` if no socket can be made and nobody holds the name; null if another
 * process holds it.
 */
type Held = Server | 'free' | null

/**
 * The folder of the claims of this network: a container with its own ports has its own claims. Every account may make some
 * there and, because of the sticky bit, remove its own. Null if it cannot be made.
 */
function claimsFolder(): string | null {
  try {
    const folder = join('/tmp', `vitrine-claims-${readlinkSync('/proc/self/ns/net').replaceAll(/\D/g, '')}`)
    try {
      mkdirSync(folder)
      // Whatever the umask is. Nobody else can put a link here: `/tmp` is sticky.
      chmodSync(folder, 0o1777)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) return null
    }
    return lstatSync(folder).isDirectory() ? folder : null
  } catch {
    return null
  }
}

/** Whether the kernel lists a socket at a path. */
const isListed = (path: string): boolean =>
  readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .some((line) => line.endsWith(` ${path}`))

/** Whether a socket refuses connections. One of another account says that it may not be asked. */
const refuses = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error) => resolve(hasCode(error, 'ECONNREFUSED')))
  })

/**
 * Whether a process has the socket at a path. Neither its file nor the list of the kernel proves it: the list also shows the
 * names of abstract sockets, and any service that shares the network can choose one that reads like a claim. A socket that is
 * listed and refuses may be about to listen, so it is asked for a while.
 */
async function isLive(path: string): Promise<boolean> {
  if (!isListed(path)) return false
  const answers = await waitFor(async () => !(await refuses(path)), { timeoutMs: 200, everyMs: 20 })
  return answers ?? false
}

/** Removes the file of a process that has ended. False if a process has the claim. */
async function clear(path: string): Promise<boolean> {
  try {
    const { ino } = lstatSync(path)
    if (await isLive(path)) return false
    const aside = `${path}.${randomUUID().slice(0, 8)}`
    renameSync(path, aside)
    if (lstatSync(aside).ino === ino) rmSync(aside, { force: true })
    // Another platform has cleared it in between, and this is its new socket.
    else renameSync(aside, path)
  } catch {
    // It belongs to another account, or is already gone.
  }
  return true
}

function bind(path: string): Promise<Server | 'EADDRINUSE' | 'impossible'> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => resolve(hasCode(error, 'EADDRINUSE') ? 'EADDRINUSE' : 'impossible'))
    server.listen({ path, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

async function hold(path: string): Promise<Held> {
  const first = await bind(path)
  if (first === 'impossible') return 'free'
  if (first !== 'EADDRINUSE') return first
  if (!(await clear(path))) return null
  const second = await bind(path)
  // The file of another account cannot be removed. Or somebody was quicker.
  if (second === 'EADDRINUSE') return (await isLive(path)) ? null : 'free'
  return second === 'impossible' ? 'free' : second
}

const closed = (held: Held): Promise<null> =>
  new Promise((resolve) => {
    if (held === null || held === 'free') resolve(null)
    else held.close(() => resolve(null))
  })

/** Creates an empty set of claims. Without a folder for them, every claim succeeds. */
export function machineClaims(folder: string | null = claimsFolder()): MachineClaims {
  /**
   * The last queued step of each name. It resolves with the socket if the claim is ours. The steps of a name run
   * one after the other. Otherwise a claim could find the socket of an earlier claim that is not closed yet, and take it for that of another process.
   */
  const steps = new Map<string, Promise<Held>>()

  function next(name: string, step: (held: Held) => Promise<Held>) {
    const result = (steps.get(name) ?? Promise.resolve(null)).then(step)
    // The caller of `claim` gets the error. The next step begins without a socket.
    const last = result.catch(() => null)
    steps.set(name, last)
    void last.then((held) => held === null && steps.get(name) === last && steps.delete(name))
    return result
  }

  const release = (name: string) => {
    if (steps.has(name)) void next(name, closed)
  }

  return {
    async claim(name) {
      if (folder === null) return true
      const path = join(folder, name)
      return (await next(name, async (held) => held ?? hold(path))) !== null
    },
    release,
    close() {
      for (const name of [...steps.keys()]) release(name)
    },
  }
}
