import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { cgroupMounts, examineMachine, ownGroup } from './machine.ts'

const mountinfo = `23 28 0:21 / /proc rw,nosuid - proc proc rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
36 31 0:33 /docker/ab /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime - cgroup2 cgroup2 rw,nsdelegate`

const cgroups = `4:memory:/one/two
3:cpu,cpuacct:/docker/ab/three
2:name=systemd:/
0::/user.slice/session.scope
`

test('finds the hierarchies of both versions, and our own group in each', () => {
  const mounts = cgroupMounts(mountinfo)
  expect(mounts.map((mount) => [mount.version, ownGroup(mount, cgroups)])).toEqual([
    [1, '/sys/fs/cgroup/memory/one/two'],
    [1, '/sys/fs/cgroup/cpu,cpuacct/three'],
    [1, '/sys/fs/cgroup/systemd'],
    [2, '/sys/fs/cgroup/uni fied/user.slice/session.scope'],
  ])
})

test('a group outside the mounted part cannot be seen', () => {
  const mount = { root: '/docker/ab', point: '/sys/fs/cgroup', version: 2 as const, options: [] }
  expect(ownGroup(mount, '0::/docker/abc')).toBeNull()
  expect(ownGroup(mount, '0::/docker/ab')).toBe('/sys/fs/cgroup')
})

test('examining this machine leaves nothing behind', async () => {
  const { v1, v2 } = await examineMachine()
  const folders = [...Object.values(v1), ...(v2 ? [v2.folder] : [])]
  const made = async () => {
    const names = await Promise.all(folders.map((folder) => readdir(folder)))
    return names.flat().filter((name) => name.startsWith('vitrine-examining-'))
  }
  // Another platform on this machine may be examining it too. The groups that it makes disappear by themselves.
  const seen = new Set(await made())
  await expect.poll(async () => (await made()).filter((name) => seen.has(name))).toEqual([])
})
