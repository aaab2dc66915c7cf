import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { chooseEnforcement } from '../adapters/process-runner/resource-limits/enforcement.ts'
import { givenGroupName, isGivenGroup } from '../adapters/process-runner/resource-limits/given-group.ts'
import { examineMachine } from '../adapters/process-runner/resource-limits/machine.ts'
import { pathExists } from '../lib/path-exists.ts'
import { runCommand, streamCommand } from '../lib/run-command.ts'
import { entering } from './entering.ts'
import { giveGroups, givenGroupIn, leaveGroups } from './groups.ts'
import { keepNamespace, leaveNamespace, rootsFolderOf } from './namespace.ts'
import { mapOf } from './user-map.ts'

test('in version 2 its processes begin in a part of the group, because one with groups has no processes itself', () => {
  const of = (version: 1 | 2) => givenGroupIn({ version, folder: '/groups', controllers: [] }, '/data')
  expect(of(1).entrance).toBe(of(1).folder)
  expect(dirname(of(2).entrance)).toBe(of(2).folder)
  expect(isGivenGroup(of(2).folder)).toBe(true)
  expect(dirname(of(2).folder)).toBe('/groups')
})

const isRoot = process.getuid?.() === 0
const first = isRoot ? chooseEnforcement(await examineMachine())[0] : undefined
const skipped = first ? '' : ' (skipped: the tests do not run as root on a machine with cgroups)'

describe.skipIf(!first)(`cgroups that root gives to a platform${skipped}`, () => {
  const dataFolder = `/nowhere/vitrine-test-groups-${process.pid}`
  const ownFolder = rootsFolderOf(dataFolder)
  const block = { first: 1_997_000_000, size: 1_000 }
  const give = () => giveGroups(dataFolder, { ownFolder, number: block.first + 99 })
  afterEach(async () => {
    await leaveGroups(ownFolder)
    await leaveNamespace(dataFolder)
  })

  const inside = async (script: string) => {
    const file = await keepNamespace(dataFolder, mapOf(block, []))
    const [program, ...args] = [...entering(file, await give()), '/bin/sh', '-c', script]
    return runCommand({ file: program ?? '', args, cwd: '/', env: { PATH: '/usr/bin:/bin' } })
  }

  test('are those in which it begins, and where it may make others, but not lift the limits of its own', async () => {
    await keepNamespace(dataFolder, mapOf(block, []))
    const entrances = (await give()).map(dirname)
    const { stdout } = await inside('cat /proc/self/cgroup')
    expect(stdout.filter((line) => line.includes(givenGroupName(dataFolder))).length).toBe(entrances.length)
    for (const entrance of entrances) {
      // In version 2 the entrance itself stays root's.
      const folder = isGivenGroup(entrance) ? entrance : dirname(entrance)
      expect((await inside(`mkdir ${folder}/one && rmdir ${folder}/one`)).stderr).toEqual([])
      const above = `${dirname(folder)}/cgroup.procs`
      expect((await inside(`echo $$ > ${above}`)).stderr.join()).toContain('Permission denied')
      const limits = `for file in ${folder}/*.max ${folder}/*limit_in_bytes ${folder}/cpu.cfs_quota_us; do [ ! -w "$file" ] || echo "$file"; done`
      expect((await inside(limits)).stdout).toEqual([])
    }
  })

  test('stay the same at the next start, and are removed with what the platform has made in them', async () => {
    await keepNamespace(dataFolder, mapOf(block, []))
    const files = await give()
    const [entrance = ''] = files.map(dirname)
    const folder = isGivenGroup(entrance) ? entrance : dirname(entrance)
    expect((await inside(`mkdir -p ${folder}/one/two`)).exitCode).toBe(0)
    expect(await give()).toEqual(files)
    expect(await pathExists(`${folder}/one/two`)).toBe(true)
    expect(await leaveGroups(ownFolder)).toBe(true)
    expect(await pathExists(folder)).toBe(false)
  })

  test('are kept while something runs in them', async () => {
    await keepNamespace(dataFolder, mapOf(block, []))
    const [file = ''] = await give()
    const waiting = { file: '/bin/sh', args: ['-c', `echo $$ > ${file}; read end`], cwd: '/', env: {} }
    const { stdin, stdout, closed } = streamCommand(waiting)
    stdout.resume()
    await expect.poll(() => readFile(file, 'utf8')).not.toBe('')
    expect(await leaveGroups(ownFolder)).toBe(false)
    stdin.end()
    await closed
    expect(await leaveGroups(ownFolder)).toBe(true)
  })
})
