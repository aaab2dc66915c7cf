import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seccompFilter } from './seccomp-filter.ts'
import { decodeFilter, runFilter } from './seccomp-filter.test-setup.ts'
import { architectures, auditArchitectures, checkedCalls, refusedCalls } from './system-calls.ts'

const eperm = { errno: 1 }
const enosys = { errno: 38 }
const unsupported = {
  family: { errno: 97 },
  protocol: { errno: 93 },
  type: { errno: 94 },
  pair: { errno: 95 },
}

/** Calls that programs need, by their numbers on x64 and arm64. */
const needed = {
  read: [0, 63],
  write: [1, 64],
  mmap: [9, 222],
  mprotect: [10, 226],
  rt_sigaction: [13, 134],
  execve: [59, 221],
  futex: [202, 98],
  wait4: [61, 260],
  sched_setaffinity: [203, 122],
  memfd_create: [319, 279],
  io_setup: [206, 0],
  seccomp: [317, 277],
  pidfd_open: [434, 434],
  name_to_handle_at: [303, 264],
  mbind: [237, 235],
  set_mempolicy: [238, 237],
  get_mempolicy: [239, 236],
  move_pages: [279, 239],
  landlock_create_ruleset: [444, 444],
  file_setattr: [469, 469],
} as const

/** Where a machine has the numbers of system calls. arm64 uses the generic ones. */
const headers = {
  x64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  arm64: '/usr/include/asm-generic/unistd.h',
}

describe.each(architectures)('the filter of system calls on %s', (architecture) => {
  const column = architecture === 'x64' ? 0 : 1
  const audit = auditArchitectures[architecture]
  const filter = seccompFilter(architecture) ?? new Uint8Array()
  const numberOf = (name: keyof typeof checkedCalls) => checkedCalls[name]?.numbers[column] ?? Number.NaN
  const decide = (number: number, ...args: (number | bigint)[]) =>
    runFilter(filter, { audit, number, args: args.map(BigInt) })

  test('is a program that the kernel takes: it only jumps forwards, to an instruction, and ends with an answer', () => {
    const program = decodeFilter(filter)
    expect(program.length).toBeGreaterThan(50)
    expect(program.length).toBeLessThan(4096)
    for (const [at, { code, yes, no, value }] of program.entries()) {
      const isJump = (code & 0x07) === 5
      expect(at + 1 + Math.max(yes, no), `the jump at ${at}`).toBeLessThan(program.length + (isJump ? 0 : 1))
      if (!isJump) expect([yes, no]).toEqual([0, 0])
      if (code === 0x20) expect([value % 4, value < 64]).toEqual([0, true])
    }
    expect(program.at(-1)?.code).toBe(0x06)
  })

  test('refuses every call of the list, whatever its arguments are', () => {
    const seen = refusedCalls.flatMap(({ calls, answer }) =>
      Object.entries(calls).flatMap(([name, numbers]) => {
        const number = numbers[column]
        return number === null ? [] : [{ name, answer, said: [decide(number), decide(number, 1, 2, 3)] }]
      }),
    )
    expect(seen.length).toBeGreaterThan(45)
    for (const { name, answer, said } of seen)
      expect([name, ...said]).toEqual([name, { errno: answer }, { errno: answer }])
  })

  test.each(Object.entries(needed))('allows %s', (_name, numbers) => {
    expect(decide(numbers[column])).toBe('allowed')
  })

  test('allows every number that is not on a list, with any arguments', () => {
    const listed = [
      ...refusedCalls.flatMap(({ calls }) => Object.values(calls)),
      ...Object.values(checkedCalls).map(({ numbers }) => numbers),
    ]
    const known = new Set(listed.map((numbers) => numbers[column]))
    const open = Array.from({ length: 470 }, (_, number) => number).filter((number) => !known.has(number))
    expect(open.filter((number) => decide(number, 0xffffffff, 38, 0x5412) !== 'allowed')).toEqual([])
    expect(open.length).toBe(470 - [...known].filter((number) => number !== null).length)
  })

  test('ends a process that makes a call of another architecture', () => {
    const [i386, arm] = [0x40000003, 0x40000028]
    const others = [i386, arm, ...Object.values(auditArchitectures).filter((one) => one !== audit)]
    expect(others).toHaveLength(3)
    for (const other of others) expect(runFilter(filter, { audit: other, number: 1 })).toBe('killed')
  })

  test('knows no call that is newer than it, and none of x32', () => {
    for (const number of [470, 512, 1000, 0x40000000, 0x40000065, 0xffffffff])
      expect([number, decide(number)]).toEqual([number, enosys])
  })

  test('lets processes and threads be made, but no namespaces', () => {
    const clone = numberOf('clone')
    const [thread, vfork, fork] = [0x003d0f00, 0x00004111, 0x01200011]
    for (const flags of [thread, vfork, fork]) expect(decide(clone, flags)).toBe('allowed')
    const namespaces = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
    for (const flag of namespaces) expect([flag, decide(clone, flag | 17)]).toEqual([flag, eperm])
    expect(decide(clone, thread | 0x10000000)).toEqual(eperm)
  })

  test('lets no thread have descriptors of its own, which the list of a process would not show', () => {
    const clone = numberOf('clone')
    const [thread, files, vfork] = [0x003d0f00, 0x00000400, 0x00004111]
    expect(decide(clone, thread & ~files)).toEqual(eperm)
    expect(decide(clone, (0xffn << 32n) | BigInt(thread & ~files))).toEqual(eperm)
    for (const flags of [thread, vfork, vfork | files]) expect(decide(clone, flags)).toBe('allowed')
  })

  test('lets terminals be used, but nothing be typed into them, whatever the upper half of the number is', () => {
    const ioctl = numberOf('ioctl')
    const [tcgets, windowSize, fionbio] = [0x5401, 0x5413, 0x5421]
    for (const request of [tcgets, windowSize, fionbio]) expect(decide(ioctl, 0, request)).toBe('allowed')
    for (const request of [0x5412, 0x541c, 0x5423])
      for (const upper of [0n, 1n, 0xffffffffn])
        expect(decide(ioctl, 0, (upper << 32n) | BigInt(request))).toEqual(eperm)
    // The same number in another argument means nothing.
    expect(decide(ioctl, 0x5412, tcgets, 0x5412)).toBe('allowed')
  })

  test('allows the usual personality alone', () => {
    const personality = numberOf('personality')
    for (const allowed of [0, 0xffffffff]) expect(decide(personality, allowed)).toBe('allowed')
    for (const refused of [0x0040000, 0x0400000, 0x0100000, 8])
      expect(decide(personality, refused)).toEqual(eperm)
  })

  test('lets a process name itself and end with its parent, but not choose where its environment is', () => {
    const prctl = numberOf('prctl')
    const [name, deathSignal, noNewRights] = [15, 1, 38]
    for (const allowed of [name, deathSignal, noNewRights]) expect(decide(prctl, allowed)).toBe('allowed')
    expect(decide(prctl, 35, 14)).toEqual(eperm)
  })

  test('lets sockets of unix, TCP, UDP and ping be made, and netlink for routes and devices', () => {
    const [nonBlocking, closing] = [0o4000, 0o2000000]
    const sockets: [number, number, number][] = [
      ...[1, 2, 5].map((type): [number, number, number] => [1, type, 0]),
      ...([2, 10] as const).flatMap((family): [number, number, number][] => [
        [family, 1, 0],
        [family, 1 | nonBlocking | closing, 6],
        [family, 2 | closing, 17],
        [family, 2, 1],
        [family, 2, 58],
      ]),
      [16, 3 | closing, 0],
      [16, 2, 15],
    ]
    for (const args of sockets) expect([args, decide(numberOf('socket'), ...args)]).toEqual([args, 'allowed'])
    expect(decide(numberOf('socketpair'), 1, 1, 0)).toBe('allowed')
  })

  test('knows no other sockets', () => {
    const others = [
      ...[0, 3, 4, 5, 9, 15, 17, 21, 29, 30, 38, 40, 44, 0xffffffff].map((family) => ({
        args: [family, 3, 0],
        said: unsupported.family,
      })),
      ...[3, 4, 6, 9, 11, 12, 16, 20, 21].map((netlink) => ({
        args: [16, 3, netlink],
        said: unsupported.protocol,
      })),
      // SCTP is a sequence of packets, and DCCP has a type of its own.
      ...[5, 6, 6 | 0o4000, 10].map((type) => ({ args: [2, type, 0], said: unsupported.type })),
      ...[33, 115, 132, 136, 262].map((protocol) => ({
        args: [10, 1, protocol],
        said: unsupported.protocol,
      })),
    ]
    for (const { args, said } of others)
      expect([args, decide(numberOf('socket'), ...args)]).toEqual([args, said])
    for (const family of [2, 16, 30])
      expect(decide(numberOf('socketpair'), family, 1, 0)).toEqual(unsupported.pair)
  })

  test('leaves the options of sockets open, but for TLS in the kernel', () => {
    const [tcp, socket, ulp, noDelay] = [6, 1, 31, 1]
    expect(decide(numberOf('setsockopt'), 3, tcp, ulp)).toEqual({ errno: 92 })
    expect(decide(numberOf('setsockopt'), 3, tcp, noDelay)).toBe('allowed')
    expect(decide(numberOf('setsockopt'), 3, socket, ulp)).toBe('allowed')
  })

  const header = headers[architecture]
  const hasHeader = existsSync(header)
  test.skipIf(!hasHeader)(
    `has the numbers of the kernel’s headers${hasHeader ? '' : ` (skipped: no ${header})`}`,
    () => {
      const text = readFileSync(header, 'utf8')
      const defined = new Map(
        [...text.matchAll(/^#define __NR_(\w+)\s+(\d+)$/gm)].map(([, name, number]) => [
          name,
          Number(number),
        ]),
      )
      const listed = [
        ...refusedCalls.flatMap(({ calls }) => Object.entries(calls)),
        ...Object.entries(checkedCalls).map(([name, { numbers }]) => [name, numbers] as const),
      ]
      // The headers of a machine can be older than the newest calls.
      const newest = Math.max(...defined.values())
      const ours = listed.map(([name, numbers]) => [name, numbers[column]] as const)
      const compared = ours.filter(([, number]) => number === null || number <= newest)
      expect(compared.length).toBeGreaterThan(50)
      expect(compared).toEqual(compared.map(([name]) => [name, defined.get(name) ?? null]))
    },
  )
})

test('another architecture has no filter', () => {
  for (const architecture of ['ia32', 'arm', 'riscv64', 's390x', 'ppc64'])
    expect(seccompFilter(architecture)).toBeNull()
})
