import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { dockerImages } from '../../apps/server/src/adapters/docker/docker-images.ts'
import { portOf } from '../../apps/server/src/adapters/gateway/gateway.test-upstream.ts'
import { nameOf } from '../../apps/server/src/adapters/process-runner/docker/container-options.ts'
import {
  platformOf,
  runnerIn,
} from '../../apps/server/src/adapters/process-runner/docker/docker-runner.test-setup.ts'
import type { ProcessRunner } from '../../apps/server/src/adapters/process-runner/process-runner.ts'
import { until } from '../../apps/server/src/adapters/process-runner/runner-bench.test-suite.ts'
import { contextStream } from '../../apps/server/src/modules/images/build-context.ts'
import { sharedDocker, skipDocker } from '../support/shared-docker.ts'

const longest = 120_000
const id = 'hostile-r1-1'
const image = 'hostile/own:1'

/** The Dockerfile of a package that prepares what its container is to get out with. */
const dockerfileFrom = (base: string) => `FROM ${base}
RUN mkdir /kept && echo baked > /kept/model && chmod -R a+rwX /kept
VOLUME /kept /tmp
RUN cp /usr/bin/id /usr/bin/who && chmod 4755 /usr/bin/who
RUN python3 -c "import os; os.umask(0); os.mknod('/fuse', 0o20666, os.makedev(10, 229))" || true
HEALTHCHECK --interval=1s CMD touch /tmp/checked
LABEL io.vitrine.platform=another io.vitrine.instance=somebody-r1-1
USER 0:0
CMD ["/bin/true"]
`

/** What the program of the container tries. The host is what its network calls the way out. */
const attempts = (port: number) => `
exec 2>/dev/null
echo "baked: $(cat /kept/model)"
touch /kept/more && echo "wrote into its volume"
touch /more /usr/more /app/more && echo "wrote into its image"
/usr/bin/who -u | grep -q '^0$' && echo "root by a file"
head -c 1 < /fuse && echo "opened a device"
grep -q 'docker.sock' /proc/self/mountinfo && echo "sees the socket of Docker"
ls /var/run/docker.sock /run/docker.sock && echo "sees the socket of Docker"
python3 - <<'END'
import socket, struct
routes = [line.split() for line in open('/proc/net/route').read().splitlines()[1:]]
ways = [socket.inet_ntoa(struct.pack('<L', int(route[2], 16))) for route in routes if route[1] == '00000000']
for host in ways + ['127.0.0.1']:
    try:
        socket.create_connection((host, ${port}), 5)
        print('reached the control plane at', host, flush=True)
    except OSError:
        pass
END
echo done
exec sleep 600`

describe.skipIf(!sharedDocker)(
  `a hostile image in a container${skipDocker === null ? '' : ` (skipped: ${skipDocker})`}`,
  () => {
    if (!sharedDocker) return
    const { docker, image: base } = sharedDocker
    let folder: string
    let runner: ProcessRunner
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'va-'))
      await chmod(folder, 0o711)
      const end = await dockerImages(async () => docker).build({
        context: contextStream([{ path: 'Dockerfile', text: dockerfileFrom(base) }], [], new Date(0)),
        dockerfile: 'Dockerfile',
        tag: image,
        labels: {},
        network: 'none',
        limits: {},
        runsTriggers: false,
        timeoutMs: longest,
        signal: AbortSignal.timeout(longest),
        onSaying: () => undefined,
        onContainer: () => undefined,
      })
      expect(end).toMatchObject({ built: true })
      runner = runnerIn(folder, docker)
      await runner.open()
    }, longest)
    afterEach(async () => {
      await runner.shutdown()
      await docker.getImage(image).remove({ force: true })
      await rm(folder, { recursive: true, force: true })
    }, longest)

    test(
      'gets no right, no device, no place to write, no socket of Docker and no way to the control plane, and is no other instance',
      async () => {
        const controlPlane = createServer((connection) => connection.destroy()).listen(0, '127.0.0.1')
        onTestFinished(() => void controlPlane.close())
        await once(controlPlane, 'listening')
        const out = join(folder, 'out.log')
        await runner.add([
          {
            id,
            image,
            file: '/bin/sh',
            args: ['-c', attempts(portOf(controlPlane))],
            cwd: '/tmp',
            env: { PATH: '/usr/bin:/bin' },
            stdoutLog: out,
            stderrLog: join(folder, 'err.log'),
            startSeconds: 0,
            stopGraceMs: 1_000,
            user: null,
            limits: {},
          },
        ])
        await runner.start(id)
        const said = await until(async () => {
          const text = await readFile(out, 'utf8').catch(() => '')
          return text.includes('done') && text
        }, 'it has tried')
        expect(said.trim().split('\n')).toEqual(['baked: baked', 'done'])

        const platform = platformOf(folder)
        const { Config, State } = await docker.getContainer(nameOf({ platform }, id)).inspect()
        expect(Config.Labels).toMatchObject({ 'io.vitrine.platform': platform, 'io.vitrine.instance': id })
        expect(State.Health).toBeUndefined()

        await runner.stop(id)
        const { Volumes } = await docker.listVolumes()
        expect(Volumes.map(({ Name }) => Name).filter((name) => name.includes(platform))).toEqual([])
      },
      longest,
    )
  },
)
