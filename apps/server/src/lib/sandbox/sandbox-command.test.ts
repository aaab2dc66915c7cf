import { describe, expect, test } from 'vitest'
import { installationOf } from './installation.ts'
import { sandboxCommand, type SandboxMachine, type SandboxView } from './sandbox-command.ts'

const machine: SandboxMachine = {
  bwrap: '/usr/bin/bwrap',
  links: [{ path: '/lib', target: 'usr/lib' }],
  system: ['/usr', '/etc/ssl'],
  hidden: ['/data'],
  devices: ['/dev/nvidia0'],
  filter: '/data/filter.bpf',
}
const command = { file: '/data/s/releases/1/start.sh', args: ['--now', 'a b'], cwd: '/data/s/releases/1' }
const view: SandboxView = { read: ['/data/s/releases/1', '/data/env'], write: ['/data/s/work'] }

/** The arguments as text, so that an option and its values can be looked for together. */
const textOf = (of = view, on = machine): string => {
  const { file, args } = sandboxCommand(command, of, on)
  return ` ${[file, ...args].join(' ')} `
}

describe('the command of a sandbox', () => {
  test('has its own processes, users, shared memory and host name, and no capability', () => {
    for (const option of ['user', 'pid', 'ipc', 'uts']) expect(textOf()).toContain(` --unshare-${option} `)
    expect(textOf()).toContain(' --disable-userns --cap-drop ALL ')
    expect(textOf()).not.toContain('--unshare-net')
  })

  test('has a network of its own if it is cut off', () => {
    expect(textOf({ ...view, isCutOff: true })).toContain(' --unshare-net ')
  })

  test('shows the system and what is to be read only for reading, and lets it write only where it shall', () => {
    for (const path of [...machine.system, ...view.read])
      expect(textOf()).toContain(` --ro-bind-try ${path} ${path} `)
    expect(textOf()).toContain(' --bind /data/s/work /data/s/work ')
    expect(textOf().match(/ --bind /g)).toHaveLength(1)
    expect(textOf()).toContain(' --symlink usr/lib /lib ')
    expect(textOf()).toContain(' --remount-ro / ')
  })

  test('shows a folder before what is inside it, which it would cover', () => {
    const nested = { read: ['/tmp/data/s', '/tmp/data/s/a/b'], write: ['/tmp/data/s/a'] }
    const order = ['--tmpfs /tmp', '/tmp/data/s /', '--bind /tmp/data/s/a ', '/tmp/data/s/a/b /']
    const places = order.map((text) => textOf(nested).indexOf(text))
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(places).not.toContain(-1)
  })

  test('hides a folder that is inside of a visible one, except for what is to be visible in it', () => {
    const on = { ...machine, system: ['/opt'], hidden: ['/opt/vitrine/data'] }
    const text = textOf({ read: ['/opt/vitrine/data/a'], write: ['/opt/vitrine/data/b'] }, on)
    expect(text).toContain(
      ' --ro-bind-try /opt /opt --tmpfs /opt/vitrine/data --ro-bind-try /opt/vitrine/data/a /opt/vitrine/data/a --bind /opt/vitrine/data/b /opt/vitrine/data/b --remount-ro /opt/vitrine/data --remount-ro / ',
    )
  })

  test('mounts nothing over what is in a visible folder, which may be a link', () => {
    const within = {
      read: ['/usr/bin/python3', '/data/env/bin/python', '/data/env'],
      write: ['/data/env/own'],
    }
    expect(textOf(within)).not.toContain('--ro-bind-try /usr/bin/python3')
    expect(textOf(within)).not.toContain('--ro-bind-try /data/env/bin/python')
    expect(textOf(within)).toContain(' --ro-bind-try /data/env /data/env ')
    expect(textOf(within)).toContain(' --bind /data/env/own /data/env/own ')
  })

  test('lets a path be written to that is also to be read', () => {
    const both = textOf({ read: ['/data/s/work'], write: ['/data/s/work'] })
    expect(both).toContain(' --bind /data/s/work /data/s/work ')
    expect(both).not.toContain('--ro-bind-try /data/s/work')
  })

  test('passes on the devices of accelerators, after the folder of devices', () => {
    expect(textOf()).toMatch(/ --dev \/dev .*--dev-bind-try \/dev\/nvidia0 \/dev\/nvidia0 /)
    expect(textOf(view, { ...machine, devices: [] })).not.toContain('--dev-bind')
  })

  test('lets only the program take TERM, and gives it its arguments literally', () => {
    const { file, args, cwd } = sandboxCommand(command, view, machine)
    expect([file, ...args.slice(0, 5)]).toEqual([
      ...['/bin/sh', '-c', 'trap "" TERM; { shift; "$@"; } 9<"$1"; exit $?', 'sh'],
      ...['/data/filter.bpf', '/usr/bin/bwrap'],
    ])
    expect(args).toContain('--die-with-parent')
    expect(args.slice(args.indexOf('--') + 1)).toEqual([
      ...['/usr/bin/env', '--default-signal=TERM', '--unset=PWD'],
      ...[command.file, ...command.args],
    ])
    expect(cwd).toBe(command.cwd)
    expect(textOf()).toContain(` --chdir ${command.cwd} `)
  })

  test('gives bubblewrap the filter of system calls as a descriptor, and none where there is none', () => {
    expect(textOf()).toContain(' --seccomp 9 ')
    const { args } = sandboxCommand(command, view, { ...machine, filter: null })
    expect(args.slice(0, 4)).toEqual(['-c', 'trap "" TERM; "$@"; exit $?', 'sh', '/usr/bin/bwrap'])
    expect(args).not.toContain('--seccomp')
  })
})

describe('where a program is installed', () => {
  test.each([
    ['/opt/python/bin/python3', '/opt/python'],
    ['/home/ann/.pyenv/versions/3.13/bin/python3', '/home/ann/.pyenv/versions/3.13'],
    ['/srv/tool', '/srv/tool'],
    // The folder would open the home folder or the data folder.
    ['/home/ann/bin/python3', '/home/ann/bin/python3'],
    ['/home/bin/python3', '/home/bin/python3'],
    ['/bin/python3', '/bin/python3'],
    ['/srv/vitrine/bin/node', '/srv/vitrine/bin/node'],
    ['/srv/vitrine/data/runtimes/node-v24/bin/node', '/srv/vitrine/data/runtimes/node-v24'],
  ])('%s: %s', (file, expected) => {
    expect(installationOf(file, ['/home/ann', '/srv/vitrine/data'])).toBe(expected)
  })
})
