import { z } from 'zod'
import { architectures, checkedCalls, refusedCalls } from '../../apps/server/src/lib/sandbox/system-calls.ts'

/**
 * Arguments of a system call. `self` and `sibling` stand for the process that makes it and another one of the same
 * account. What is not given is 0.
 */
type Arguments = readonly (number | 'self' | 'sibling')[]

const column = architectures.findIndex((one) => one === process.arch)
const numbers = new Map(
  [
    ...refusedCalls.flatMap(({ calls }) => Object.entries(calls)),
    ...Object.entries(checkedCalls).map(([name, call]) => [name, call.numbers] as const),
  ].flatMap(([name, call]) => {
    const number = call[column] ?? null
    return number === null ? [] : [[name, number] as const]
  }),
)

/** Every call that is always refused on this machine, with its answer. */
export const refusedHere = refusedCalls.flatMap(({ calls, answer }) =>
  Object.keys(calls).flatMap((name) => (numbers.has(name) ? [{ name, answer }] : [])),
)

/** A Python program that makes system calls, each in a process of its own, and prints the error number of each. */
const program = `import ctypes, json, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
sibling = os.fork()
if sibling == 0:
    while True: time.sleep(60)

def answer(number, arguments):
    pids = {"self": os.getpid(), "sibling": sibling}
    values = [ctypes.c_long(pids.get(one, one)) for one in arguments + [0] * (6 - len(arguments))]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *values) == -1 else 0

said = []
for number, arguments in json.loads(sys.argv[1]):
    pid = os.fork()
    if pid == 0: os._exit(answer(number, arguments))
    said.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os.kill(sibling, signal.SIGKILL)
print(json.dumps(said))
`

/** The arguments of `python3` for a program that makes these calls. */
export function callsProgram(calls: readonly { name: string; args?: Arguments }[]): string[] {
  const known = calls.map(({ name, args = [] }) => {
    const number = numbers.get(name)
    if (number === undefined) throw new Error(`${name} has no number on ${process.arch}`)
    return [number, args]
  })
  return ['-c', program, JSON.stringify(known)]
}

/** Returns the error numbers that such a program printed, 0 for a call that succeeded. */
export const errorsIn = (printed: string): number[] => z.array(z.number()).parse(JSON.parse(printed))

/** A Python program that does what algorithms do, and prints the names of what worked. */
export const ordinaryPython = `import asyncio, concurrent.futures, ctypes, json, mmap, multiprocessing, os, signal, socket, subprocess, sys, tempfile, threading
from multiprocessing import shared_memory

def square(number):
    return number * number

def threads():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(square, range(4)))

def processes(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(square, range(4))

def shared():
    block = shared_memory.SharedMemory(create=True, size=16)
    block.buf[0] = 9
    block.close()
    block.unlink()
    return [0, 1, 4, 9]

def mapped():
    with tempfile.TemporaryFile() as file:
        file.truncate(4096)
        with mmap.mmap(file.fileno(), 4096) as memory:
            memory[0:4] = bytes([0, 1, 4, 9])
            return list(memory[0:4])

def socket_of(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen()
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.connect(server.getsockname())
            taken, _ = server.accept()
            client.sendall(bytes([0, 1, 4, 9]))
            with taken:
                return list(taken.recv(4))

def names():
    socket.getaddrinfo("localhost", 80)
    socket.if_nameindex()
    return [0, 1, 4, 9]

async def subprocesses():
    ran = await asyncio.create_subprocess_exec("/bin/echo", "0 1 4 9", stdout=subprocess.PIPE)
    out, _ = await ran.communicate()
    return [int(word) for word in out.split()]

def spawned():
    pid = os.posix_spawn("/bin/true", ["true"], {})
    return [0, 1, 4, 9] if os.waitpid(pid, 0)[1] == 0 else None

def memory_of_nodes():
    # MPOL_PREFERRED on no node, as numactl and NCCL set it.
    number = {"x86_64": 238, "aarch64": 237}[os.uname().machine]
    ctypes.CDLL(None).syscall(number, 1, None, 0)
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return [0, 1, 4, 9]

if __name__ == "__main__":
    folder = tempfile.mkdtemp()
    done = {
        "threads": threads,
        "fork": lambda: processes("fork"),
        "spawn": lambda: processes("spawn"),
        "forkserver": lambda: processes("forkserver"),
        "shared memory": shared,
        "mmap": mapped,
        "tcp": lambda: socket_of(socket.AF_INET, ("127.0.0.1", 0)),
        "unix": lambda: socket_of(socket.AF_UNIX, folder + "/socket"),
        "names": names,
        "asyncio": lambda: asyncio.run(subprocesses()),
        "posix_spawn": spawned,
        "memory of nodes": memory_of_nodes,
        "subprocess": lambda: [int(word) for word in subprocess.check_output(["/bin/echo", "0", "1", "4", "9"]).split()],
    }
    print(json.dumps([name for name, work in done.items() if work() == [0, 1, 4, 9]]))
`
/** All that {@link ordinaryPython} does. */
export const ordinaryInPython = [
  ...['threads', 'fork', 'spawn', 'forkserver', 'shared memory', 'mmap', 'tcp', 'unix', 'names', 'asyncio'],
  ...['posix_spawn', 'memory of nodes', 'subprocess'],
]

/** A Node program that does what algorithms do, and prints the names of what worked. */
export const ordinaryNode = `const { Worker } = require('node:worker_threads')
const { execFileSync, fork } = require('node:child_process')
const { createServer } = require('node:http')
const { promises: files, mkdtempSync, watch } = require('node:fs')
const { pbkdf2Sync } = require('node:crypto')
if (process.send) process.send('ok')
else (async () => {
  const once = (emitter, name) => new Promise((resolve, reject) => emitter.once(name, resolve).once('error', reject))
  const done = {
    'worker threads': () => once(new Worker("require('node:worker_threads').parentPort.postMessage('ok')", { eval: true }), 'message'),
    'child processes': () => execFileSync('/bin/echo', ['-n', 'ok'], { encoding: 'utf8' }),
    fork: () => once(fork(__filename), 'message'),
    files: async () => {
      const folder = mkdtempSync('/tmp/files-')
      watch(folder).close()
      await files.writeFile(folder + '/a', 'ok')
      return files.readFile(folder + '/a', 'utf8')
    },
    http: async () => {
      const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const answer = await fetch('http://127.0.0.1:' + server.address().port)
      const text = await answer.text()
      server.closeAllConnections()
      server.close()
      return text
    },
    cryptography: () => (pbkdf2Sync('a', 'b', 1000, 32, 'sha256').length === 32 ? 'ok' : 'not'),
  }
  const worked = []
  for (const [name, work] of Object.entries(done)) if ((await work()) === 'ok') worked.push(name)
  console.log(JSON.stringify(worked))
})()
`
/** All that {@link ordinaryNode} does. */
export const ordinaryInNode = ['worker threads', 'child processes', 'fork', 'files', 'http', 'cryptography']
