import * as ffi from 'ffi'
import type { LuaString } from './nginx.ts'

declare const string: LuaString

/** The kernel's interface to ask for sockets (`man 7 sock_diag`). */
export type SocketDiagnosis = {
  socket(this: void, domain: number, type: number, protocol: number): number
  send(this: void, fd: number, bytes: string, length: number, flags: number): number
  recv(this: void, fd: number, into: ffi.Pointer, length: number, flags: number): number
}

ffi.cdef(`
int socket(int domain, int type, int protocol);
ssize_t send(int fd, const void *bytes, size_t length, int flags);
ssize_t recv(int fd, void *into, size_t length, int flags);
`)

const { C } = ffi
const [netlink, raw, closeOnExec, socketDiagnosis, dontWait] = [16, 3, 0x80000, 4, 0x40]
const [answered, refused, nobodyListens] = [20, 2, 0xfffffffe]
const answerBytes = 512
const answer = ffi.new('unsigned char[512]')
/** The socket of this worker. Every worker opens its own, because otherwise one would read the answers to another. */
let fd = -1

const zeros = (count: number): string => string.char(0).repeat(count)
const anyCookie = string.char(255).repeat(8)
/** The part of `inet_diag_req_v2` before the port: IPv4, TCP, all states. */
const kind = string.char(2, 6, 0, 0, 255, 255, 255, 255)
const toLoopback = `${zeros(2)}${string.char(127, 0, 0, 1)}${zeros(12 + 16 + 4)}${anyCookie}`
const questions: Record<number, string> = {}

/**
 * Makes the question for the socket that listens on a port of 127.0.0.1. The port is also the sequence number of the
 * question.
 */
function newQuestion(port: number): string {
  const [high, low] = [Math.floor(port / 256), port % 256]
  // nlmsghdr: a length of 72 bytes, the type of the request, the sequence number, and no sender.
  const head = string.char(72, 0, 0, 0, 20, 0, 1, 0, low, high, 0, 0, 0, 0, 0, 0)
  return `${head}${kind}${string.char(high, low)}${toLoopback}`
}

function questionOf(port: number): string {
  const known = questions[port]
  if (known !== undefined) return known
  const question = newQuestion(port)
  questions[port] = question
  return question
}

const byteAt = (at: number): number => answer[at] ?? 0
const shortAt = (at: number): number => byteAt(at) + byteAt(at + 1) * 0x100
const wordAt = (at: number): number => shortAt(at) + shortAt(at + 2) * 0x10000

/**
 * Reads the answer to the question about a port, and skips answers to earlier ones. Returns its length in bytes;
 * undefined if there is none.
 */
function read(port: number): number | undefined {
  const bytes = C.recv(fd, answer, answerBytes, dontWait)
  if (bytes < 20) return undefined
  return shortAt(8) === port ? bytes : read(port)
}

/** Returns the inode of the socket that listens on a port of 127.0.0.1; 0 if none does, undefined if unknown. */
function listenerOn(port: number): number | undefined {
  if (fd < 0) fd = C.socket(netlink, raw + closeOnExec, socketDiagnosis)
  const question = questionOf(port)
  if (fd < 0 || C.send(fd, question, question.length, dontWait) < 0) return undefined
  const bytes = read(port)
  if (bytes === undefined) return undefined
  if (shortAt(4) === refused) return wordAt(16) === nobodyListens ? 0 : undefined
  return shortAt(4) === answered && bytes >= 88 ? wordAt(84) : undefined
}

/**
 * Whether the kernel has reported a socket at least once. A kernel without the module for this answers as if nobody had
 * the port.
 */
let tells = false

/**
 * Whether one of these sockets (inodes) listens on a port of this machine now. True if the kernel cannot tell; this is
 * tested with the port that `knownPort` returns, on which a program listens. It takes a few microseconds.
 */
export function isListenedToBy(port: number, inodes: readonly string[], knownPort: () => number): boolean {
  const inode = listenerOn(port)
  if (inode === undefined) return true
  if (inode !== 0) {
    tells = true
    return inodes.includes(string.format('%d', inode))
  }
  tells = tells || (listenerOn(knownPort()) ?? 0) !== 0
  return !tells
}
