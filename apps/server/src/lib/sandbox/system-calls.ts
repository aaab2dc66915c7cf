/**
 * The system calls that a program in a sandbox cannot make. They are those that an algorithm, an installer or ffmpeg
 * never needs and that were the way of kernel exploits or of spying. Everything else is allowed: algorithms bring
 * libraries of all kinds, so a list of what is allowed would break some of them.
 *
 * The choice follows two filters that many programs run under: flatpak's (`common/flatpak-run.c` in
 * github.com/flatpak/flatpak) and Docker's default profile (`seccomp/default_linux.go` in github.com/moby/profiles).
 * Other than these two, it allows `mbind`, `set_mempolicy`, `move_pages` and the like, which NCCL, numactl and databases
 * use. The numbers are those of Linux 6.18: `arch/x86/entry/syscalls/syscall_64.tbl`, and `scripts/syscall.tbl` for arm64.
 */

/** The architectures that have a filter, by their names in Node. */
export const architectures = ['x64', 'arm64'] as const
/** An architecture that has a filter. */
export type Architecture = (typeof architectures)[number]

/** The kernel's names of the architectures (`AUDIT_ARCH_*` in linux/audit.h). */
export const auditArchitectures: Readonly<Record<Architecture, number>> = {
  x64: 0xc000003e,
  arm64: 0xc00000b7,
}

/** The numbers of one call on x64 and on arm64. Null where it does not exist. */
type Numbers = readonly [x64: number, arm64: number | null]

/** Error numbers (`asm-generic/errno.h`). They are the same on both architectures. */
export const errno = {
  EPERM: 1,
  ENOSYS: 38,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
} as const
/** An answer to a refused call. */
type Errno = (typeof errno)[keyof typeof errno]

/**
 * The highest number of Linux 6.18, on both architectures. Calls that a later kernel adds are unknown here, so they are
 * answered with ENOSYS. Programs that use them must do without on older kernels, so they can do without here, too.
 */
export const newestCall = 469

/** A group of calls that are refused whatever their arguments are. */
type RefusedGroup = { answer: Errno; calls: Readonly<Record<string, Numbers>> }

/** The calls that are always refused, in groups. */
export const refusedCalls: readonly RefusedGroup[] = [
  {
    // Reading and steering other processes. The price: debuggers, py-spy and LeakSanitizer do not work inside.
    answer: errno.EPERM,
    calls: {
      ptrace: [101, 117],
      process_vm_readv: [310, 270],
      process_vm_writev: [311, 271],
      kcmp: [312, 272],
      pidfd_getfd: [438, 438],
    },
  },
  {
    // Programs in the kernel, its counters, and page faults that wait for a program: the tools of many exploits.
    answer: errno.EPERM,
    calls: {
      bpf: [321, 280],
      perf_event_open: [298, 241],
      userfaultfd: [323, 282],
      lookup_dcookie: [212, 18],
      fanotify_init: [300, 262],
    },
  },
  {
    // Keys belong to an account of the machine and not to a sandbox.
    answer: errno.EPERM,
    calls: { add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
  },
  {
    // The kernel and the machine. They all need a capability, so that only a mistake of the kernel lets one pass.
    answer: errno.EPERM,
    calls: {
      init_module: [175, 105],
      finit_module: [313, 273],
      delete_module: [176, 106],
      kexec_load: [246, 104],
      kexec_file_load: [320, 294],
      reboot: [169, 142],
      swapon: [167, 224],
      swapoff: [168, 225],
      acct: [163, 89],
      quotactl: [179, 60],
      quotactl_fd: [443, 443],
      syslog: [103, 116],
      settimeofday: [164, 170],
      clock_settime: [227, 112],
      sethostname: [170, 161],
      setdomainname: [171, 162],
      vhangup: [153, 58],
      open_by_handle_at: [304, 265],
    },
  },
  {
    // Old parts of x86: ports of devices, segments for 16-bit programs, and libraries before ELF.
    answer: errno.EPERM,
    calls: { iopl: [172, null], ioperm: [173, null], modify_ldt: [154, null], uselib: [134, null] },
  },
  {
    // Mounts and namespaces: with new ones a process could get capabilities in them.
    answer: errno.EPERM,
    calls: {
      mount: [165, 40],
      umount2: [166, 39],
      pivot_root: [155, 41],
      chroot: [161, 51],
      unshare: [272, 97],
      setns: [308, 268],
    },
  },
  {
    // The newer calls for mounts. Programs then use `mount`, which is refused.
    answer: errno.ENOSYS,
    calls: {
      open_tree: [428, 428],
      open_tree_attr: [467, 467],
      move_mount: [429, 429],
      fsopen: [430, 430],
      fsconfig: [431, 431],
      fsmount: [432, 432],
      fspick: [433, 433],
      mount_setattr: [442, 442],
    },
  },
  {
    // The flags of clone3 are in memory, which a filter cannot read. The C library then uses `clone`.
    answer: errno.ENOSYS,
    calls: { clone3: [435, 435] },
  },
  {
    // A second way to most of the kernel that no filter sees, and the way of many exploits. Programs that know it (libuv)
    // use ordinary calls on a kernel without it.
    answer: errno.ENOSYS,
    calls: { io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427] },
  },
]

/**
 * What must be true of an argument (the first is 0), of which only the lower 32 bits count: the kernel reads these
 * arguments as 32-bit numbers, and whatever is above must not hide them. `bits` are the ones to compare, by default all.
 */
export type Condition = { argument: number; bits?: number } & (
  { oneOf: readonly number[] } | { noneOf: readonly number[] } | { anyBit: number }
)

/** A call that is refused with some arguments: when all the conditions of one of its refusals are true. */
export type CheckedCall = {
  numbers: Numbers
  refusals: readonly { when: readonly Condition[]; answer: Errno }[]
}

/** Names of linux/sched.h, asm-generic/ioctls.h, linux/prctl.h, linux/socket.h, linux/netlink.h, linux/in.h and linux/tcp.h. */
const namespaceFlags =
  0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
const threads = { CLONE_FILES: 0x00000400, CLONE_THREAD: 0x00010000 }
const terminal = { TIOCSTI: 0x5412, TIOCLINUX: 0x541c, TIOCSETD: 0x5423 }
const PR_SET_MM = 35
const family = { unix: 1, inet: 2, inet6: 10, netlink: 16 }
const netlink = { route: 0, uevent: 15 }
const socketType = { bits: 0xf, stream: 1, datagram: 2, raw: 3 }
const protocol = { any: 0, icmp: 1, tcp: 6, udp: 17, icmp6: 58 }
const tcp = { level: 6, TCP_ULP: 31 }
const internet = { argument: 0, oneOf: [family.inet, family.inet6] }

/** The calls that are refused with some arguments. */
export const checkedCalls: Readonly<Record<string, CheckedCall>> = {
  // Namespaces of mounts, cgroups, host names, shared memory, users, processes and networks. And threads with descriptors of their own,
  // which no library makes: the list of a process does not show them, so a deleted file in one would take the disk without being counted.
  clone: {
    numbers: [56, 220],
    refusals: [
      { when: [{ argument: 0, anyBit: namespaceFlags }], answer: errno.EPERM },
      {
        when: [
          {
            argument: 0,
            bits: threads.CLONE_THREAD | threads.CLONE_FILES,
            oneOf: [threads.CLONE_THREAD],
          },
        ],
        answer: errno.EPERM,
      },
    ],
  },
  // Typing into a terminal for others (TIOCSTI, TIOCLINUX), and loading the kernel's line disciplines (TIOCSETD).
  ioctl: {
    numbers: [16, 29],
    refusals: [{ when: [{ argument: 1, oneOf: Object.values(terminal) }], answer: errno.EPERM }],
  },
  // Only the usual personality of Linux, and asking for it: the others weaken the protection of memory.
  personality: {
    numbers: [135, 92],
    refusals: [{ when: [{ argument: 0, noneOf: [0, 0xffffffff] }], answer: errno.EPERM }],
  },
  // Where its own code, arguments and environment are in its memory: a process could else show others a command line or an environment
  // without an end. Only tools that restore frozen processes need it.
  prctl: {
    numbers: [157, 167],
    refusals: [{ when: [{ argument: 0, oneOf: [PR_SET_MM] }], answer: errno.EPERM }],
  },
  // Sockets of unix, TCP, UDP and ping. Netlink only for addresses and routes (getaddrinfo) and for news of devices (udev).
  // All others, such as packets, the kernel's cryptography, hosts of virtual machines, SCTP, DCCP and netfilter, load parts of the
  // kernel that are rarely used and were often the way of exploits. The answers are those of a kernel without them.
  socket: {
    numbers: [41, 198],
    refusals: [
      { when: [{ argument: 0, noneOf: Object.values(family) }], answer: errno.EAFNOSUPPORT },
      {
        when: [
          { argument: 0, oneOf: [family.netlink] },
          { argument: 2, noneOf: Object.values(netlink) },
        ],
        answer: errno.EPROTONOSUPPORT,
      },
      {
        when: [
          internet,
          {
            argument: 1,
            bits: socketType.bits,
            noneOf: [socketType.stream, socketType.datagram, socketType.raw],
          },
        ],
        answer: errno.ESOCKTNOSUPPORT,
      },
      {
        when: [internet, { argument: 2, noneOf: Object.values(protocol) }],
        answer: errno.EPROTONOSUPPORT,
      },
    ],
  },
  socketpair: {
    numbers: [53, 199],
    refusals: [{ when: [{ argument: 0, noneOf: [family.unix] }], answer: errno.EOPNOTSUPP }],
  },
  // TLS in the kernel, for a connection: another way of exploits. Libraries then encrypt by themselves, as they do by default.
  setsockopt: {
    numbers: [54, 208],
    refusals: [
      {
        when: [
          { argument: 1, oneOf: [tcp.level] },
          { argument: 2, oneOf: [tcp.TCP_ULP] },
        ],
        answer: errno.ENOPROTOOPT,
      },
    ],
  },
}
