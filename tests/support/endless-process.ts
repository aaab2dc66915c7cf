import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { firstLine } from './first-line.ts'

/** States an environment of a terabyte that takes no memory: it is read from pages of zeros. Prints whether the kernel allows it. */
const endless = `import ctypes, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.sbrk.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
size = 2 ** 40
at = libc.mmap(None, size, 1, 0x4022, -1, 0)
stat = [0] * 3 + open('/proc/self/stat').read().rsplit(')', 1)[1].split()
parts = [int(stat[one]) for one in (26, 27, 45, 46, 47)] + [libc.sbrk(0), int(stat[28])] + [at, at + size] * 2 + [0]
places = struct.pack('<12QIi', *parts, 0, -1)
print(libc.prctl(35, 14, places, len(places), 0), flush=True)
sys.stdin.read()
`

/** Starts a process whose environment and command line have no end (`PR_SET_MM_MAP` of `man 2 prctl`). Resolves with its pid. */
export async function startEndless(): Promise<number> {
  const child = spawn('/usr/bin/python3', ['-c', endless], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const answer = await firstLine(child.stdout)
  if (answer !== '0' || child.pid === undefined) throw new Error(`the kernel refuses it: ${answer}`)
  return child.pid
}
