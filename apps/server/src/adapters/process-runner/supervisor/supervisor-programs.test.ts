import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'
import { resourceLimits } from '../resource-limits/resource-limits.ts'
import { testSockets } from '../runner-sockets.test-source.ts'
import { supervisorFiles } from './supervisor-conf.ts'
import { SupervisorDaemon } from './supervisor-daemon.ts'
import { SupervisorPrograms } from './supervisor-programs.ts'

test('what a kill has left of a launch file, with its environment, is removed at the next start', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vsp-'))
  try {
    const folder = join(root, 'supervisor')
    const launches = join(folder, supervisorFiles.launch)
    await mkdir(launches, { recursive: true })
    const left = [`${supervisorFiles.launch}/demo-r1-0.sh`, supervisorFiles.conf]
    for (const name of left) await writeFile(join(folder, `${name}.${randomUUID()}.tmp`), 'TOKEN=secr')
    await writeFile(join(launches, 'demo-r1-0.sh'), 'TOKEN=secret')
    await new SupervisorPrograms({
      folder,
      daemon: new SupervisorDaemon({ folder, recordPath: join(root, 'supervisord.json'), program: '' }),
      limiter: resourceLimits({ owner: folder, stateFile: join(folder, 'cgroups.json') }),
      sockets: testSockets(root),
      logRotation: usualLogRotation,
    }).prepare()
    expect((await readdir(folder)).sort()).toEqual([supervisorFiles.launch, supervisorFiles.programs].sort())
    expect(await readdir(launches)).toEqual(['demo-r1-0.sh'])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
