/** The programs of util-linux that root needs. */
export const programs = {
  nsenter: '/usr/bin/nsenter',
  setpriv: '/usr/bin/setpriv',
  unshare: '/usr/bin/unshare',
  mount: '/usr/bin/mount',
  umount: '/usr/bin/umount',
}

/**
 * What of root's rights the platform keeps over its own numbers: their files, processes and identities. Not kept
 * are those over a network, mounts, devices and the namespace itself.
 */
const kept = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'sys_ptrace',
]

/** Puts itself into cgroups and becomes another program: root alone may move a process into those that it has given away. */
const joining = `while [ "$1" != -- ]; do echo $$ > "$1" || exit 126; shift; done
shift
exec "$@"`

/**
 * The words in front of a command that run it as 0 of a user namespace, in the same process: in the cgroups whose
 * files are `groups`, with the rights above, no groups of users, and without ever getting more from a file (setuid).
 * Pure.
 */
export const entering = (namespaceFile: string, groups: readonly string[]): string[] => [
  ...(groups.length > 0 ? ['/bin/sh', '-c', joining, 'sh', ...groups, '--'] : []),
  programs.nsenter,
  `--user=${namespaceFile}`,
  ...['--setuid', '0', '--setgid', '0'],
  programs.setpriv,
  '--clear-groups',
  '--no-new-privs',
  `--bounding-set=-all,${kept.map((name) => `+${name}`).join(',')}`,
]
