import { dirname } from 'node:path'
import type { Command } from '../run-command.ts'

/** What a command in a sandbox sees besides the system. */
export type SandboxView = {
  /** Absolute paths. What does not exist is left out. */
  read: readonly string[]
  write: readonly string[]
  /**
   * Whether it has a network of its own, in which it is alone: it reaches neither other machines nor a port of this one. If
   * absent, it has that of the machine.
   */
  isCutOff?: boolean | undefined
}

/** What every sandbox on this machine sees of it. All paths are absolute. */
export type SandboxMachine = {
  /** The program bubblewrap. */
  bwrap: string
  /** Links in the root folder, such as `/lib` to `usr/lib`. */
  links: readonly { path: string; target: string }[]
  /** Files and folders of the system. They can be read only. */
  system: readonly string[]
  /** Folders that are empty in a sandbox, except for what is to be visible in them. */
  hidden: readonly string[]
  /** Device files of accelerators, or folders of them. */
  devices: readonly string[]
  /** The file with the filter of system calls, which every account can read. Null for none. */
  filter: string | null
}

/**
 * A sandbox has its own processes, users, shared memory and host name. Nothing in it gets new privileges: bubblewrap
 * always sets no_new_privs, no capability is left, and no other user namespace can be created, in which the
 * process would have some again.
 */
const namespaces = [
  '--unshare-user',
  '--unshare-pid',
  '--unshare-ipc',
  '--unshare-uts',
  '--disable-userns',
  ...['--cap-drop', 'ALL'],
]

/** The folders that are the sandbox's own. Programs find temporary files of others neither here nor there. */
const ownFolders = [
  ...['--tmpfs', '/tmp'],
  ...['--symlink', '/tmp', '/var/tmp'],
  ...['--proc', '/proc'],
  ...['--dev', '/dev'],
]

/** A folder comes before what is inside it, or it would cover it. */
const byPath = (one: { path: string }, other: { path: string }) =>
  one.path < other.path ? -1 : Number(one.path > other.path)

/** What a shell does with bubblewrap and its arguments. With a filter, its file comes before them, as descriptor 9. */
const scripts = {
  open: 'trap "" TERM; "$@"; exit $?',
  filtered: 'trap "" TERM; { shift; "$@"; } 9<"$1"; exit $?',
}
const filterDescriptor = '9'

const readOnly = '--ro-bind-try'

/** The folders above a path, the closest first. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}

function mounts({ system, hidden }: SandboxMachine, { read, write }: SandboxView): string[] {
  const options = new Map<string, string[]>()
  for (const path of hidden) options.set(path, ['--tmpfs', path])
  for (const path of [...system, ...read]) options.set(path, [readOnly, path, path])
  for (const path of write) options.set(path, ['--bind', path, path])
  /** It is seen already with what it is in. bubblewrap refuses to mount over it if it is a link. */
  const isSeen = (path: string) => {
    const closest = foldersAbove(path).find((folder) => options.has(folder))
    return closest !== undefined && options.get(closest)?.[0] === readOnly
  }
  const inOrder = [...options].map(([path, option]) => ({ path, option })).sort(byPath)
  return inOrder
    .filter(({ path, option }) => option[0] !== readOnly || !isSeen(path))
    .flatMap(({ option }) => option)
}

/**
 * Returns the command that runs a command in a sandbox (`man bwrap`). Its working directory must be visible
 * there. Pure.
 *
 * bubblewrap passes no signal on. A TERM would end its outer process at once, while the command inside would
 * still finish its work. So bubblewrap ignores TERM and ends when the command does, with its exit code, or
 * 128 + signal. Whoever ends the command must send TERM to the whole process group.
 *
 * A shell waits for bubblewrap, which dies with it (`--die-with-parent`), and with bubblewrap everything inside. So
 * nothing is left that would hold the port if one of them is killed. bubblewrap itself must not depend on whoever
 * starts the command: instances outlive the control plane and supervisord. If the file of the filter cannot be read,
 * the shell ends with an error and the command does not run.
 */
export function sandboxCommand<C extends Pick<Command, 'file' | 'args' | 'cwd'>>(
  command: C,
  view: SandboxView,
  machine: SandboxMachine,
): C {
  const { cwd, file, args } = command
  const { filter } = machine
  const inside = [
    '--die-with-parent',
    ...(filter === null ? [] : ['--seccomp', filterDescriptor]),
    ...namespaces,
    ...(view.isCutOff ? ['--unshare-net'] : []),
    ...machine.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...ownFolders,
    ...machine.devices.flatMap((device) => ['--dev-bind-try', device, device]),
    ...mounts(machine, view),
    ...[...machine.hidden, '/'].flatMap((folder) => ['--remount-ro', folder]),
    ...['--chdir', cwd],
  ]
  // bubblewrap sets PWD, which the command was not given.
  const begin = ['/usr/bin/env', '--default-signal=TERM', '--unset=PWD', file, ...args]
  return {
    ...command,
    file: '/bin/sh',
    args: [
      ...(filter === null ? ['-c', scripts.open, 'sh'] : ['-c', scripts.filtered, 'sh', filter]),
      ...[machine.bwrap, ...inside, '--', ...begin],
    ],
  }
}
