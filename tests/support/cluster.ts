import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readKubeconfig } from '../../apps/server/src/adapters/kubernetes/kubeconfig.ts'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'
import { commandsBelow, copyCheckout, dockerEnv } from './compose.ts'

const longTimeoutMs = 1_200_000
const { KUBECONFIG: kubeconfig, KUBERNETES_TEST_IMAGE: image } = process.env

/** Why no platform can be started in a cluster here; null if one can. */
export async function missingForCluster(): Promise<string | null> {
  if (!kubeconfig || !image)
    return 'needs KUBECONFIG, and in KUBERNETES_TEST_IMAGE an image with /usr/bin/node that its nodes have'
  const env = { PATH: process.env.PATH ?? '' }
  const { stdout } = await runCommand({ file: 'kubectl', args: ['version', '--client'], cwd: '/', env })
  return stdout.length > 0 ? null : 'kubectl is not installed'
}

/** The address at which pods of the cluster reach this machine: the one from which it reaches their API. */
export async function ownAddress(): Promise<string> {
  const { server } = await readKubeconfig(kubeconfig ?? '', null)
  const socket = connect(Number(server.port || 443), server.hostname)
  try {
    await once(socket, 'connect')
    return socket.localAddress ?? ''
  } finally {
    socket.destroy()
  }
}

/** Something that passes on what comes to a port, until it is closed. */
export type Passage = { port: number; close: () => void }

async function passageOf(server: Server, host: string, port: number): Promise<Passage> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => open.add(socket.on('close', () => open.delete(socket))))
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    port: address.port,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** Joins two connections: the end or the failure of one is that of the other. */
function joinBoth(from: Socket, to: Socket): void {
  from.pipe(to).pipe(from)
  from.on('error', () => to.destroy())
  to.on('error', () => from.destroy())
}

/** Passes on what comes to a port of an address to another port of this machine. */
export const forward = (host: string, target: number): Promise<Passage> =>
  passageOf(
    createServer((from) => joinBoth(from, connect(target, '127.0.0.1'))),
    host,
    0,
  )

/** The port of a daemon on a socket for those who show a certificate, as Docker itself offers it with `--tlsverify`. */
export async function withCertificates(host: string, socketPath: string, folder: string): Promise<Passage> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'server.pem', 'server.key'].map((name) => readFile(join(folder, name))),
  )
  const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true }
  return passageOf(
    createTlsServer(options, (from) => joinBoth(from, connect(socketPath))),
    host,
    0,
  )
}

/** Makes an authority in a folder, a certificate of a server at an address, and in `client` those of a client as Docker's tools take them. */
export async function makeCertificates(folder: string, address: string): Promise<void> {
  await mkdir(join(folder, 'client'), { recursive: true })
  const script = `
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=builders -days 2
    sign() { openssl req -newkey rsa:2048 -nodes -keyout "$1" -out request -subj "/CN=$3"; printf '%s' "$4" >extensions
      openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -out "$2" -days 2 -extfile extensions; }
    sign server.key server.pem builder "subjectAltName=IP:$1"
    sign client/key.pem client/cert.pem client extendedKeyUsage=clientAuth
    cp ca.pem client/ca.pem`
  const env = { PATH: process.env.PATH ?? '' }
  const made = await runCommand({
    file: '/bin/sh',
    args: ['-euc', script, 'sh', address],
    cwd: folder,
    env,
  })
  if (made.exitCode !== 0) throw new Error(made.stderr.join('\n'))
}

/** A copy of the checkout, from which the guide of `deploy/kubernetes` is followed. */
export type ClusterProject = {
  folder: string
  /** Runs commands as a person types them in the folder of the checkout. Returns what they print, and rejects if one fails. */
  run(commands: string): Promise<string>
  /** Runs the commands of the guide below a heading. */
  follow(heading: string): Promise<string>
  dispose(): Promise<void>
}

/** Prepares a copy of the checkout. `dockerAddress` is the daemon that makes images. */
export async function clusterProject(dockerAddress: string): Promise<ClusterProject> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-cluster-'))
  await copyCheckout(folder)
  const guide = await readFile(join(folder, 'deploy', 'kubernetes', 'README.en.md'), 'utf8')
  const env = {
    ...dockerEnv(dockerAddress, folder),
    KUBECONFIG: kubeconfig ?? '',
    DOCKER_CONFIG: join(folder, 'docker-config'),
    DOCKER_CERT_PATH: join(folder, 'certificates', 'client'),
  }
  const run = async (commands: string) => {
    const command = { file: '/bin/sh', args: ['-euc', commands], cwd: folder, env }
    const { exitCode, stdout, stderr } = await runCommand(command, {
      timeoutMs: longTimeoutMs,
      keepLines: 100_000,
    })
    if (exitCode === 0) return stdout.join('\n')
    throw new Error([commands, ...stdout, ...stderr].slice(-60).join('\n'))
  }
  return {
    folder,
    run,
    follow: (heading) => run(commandsBelow(guide, heading)),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * A pod with the network of its node, where it passes on a loopback port to this machine. So a registry of this machine has the same name
 * here and for the node, which lets only a loopback address be without TLS.
 */
export const passageOnNode = (port: number, to: { host: string; port: number }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'vitrine-test-registry' },
  spec: {
    hostNetwork: true,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'passage',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['/usr/bin/node', '--eval'],
        args: [
          `const { connect, createServer } = require('node:net')
           createServer((from) => {
             const to = connect(${to.port}, '${to.host}')
             from.pipe(to).pipe(from)
             from.on('error', () => to.destroy())
             to.on('error', () => from.destroy())
           }).listen(${port}, '127.0.0.1')`,
        ],
      },
    ],
  },
})

/** A volume on the one node of the cluster for a claim, in a folder that only root can write. */
export const volumeFor = (claim: { namespace: string; name: string }, path: string, node: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: `vitrine-test-${claim.name}` },
  spec: {
    capacity: { storage: '100Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: claim,
    local: { path },
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
        ],
      },
    },
  },
})
