import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { readKubeconfig } from '../../kubernetes/kubeconfig.ts'
import { kubernetesClient, type KubernetesClient } from '../../kubernetes/kubernetes-client.ts'
import { usualLogRotation } from '../../log-files/log-rotation.test-source.ts'
import type { ProcessReport, ProcessRunner, ProcessSpec } from '../process-runner.ts'
import { findTree, markerOf } from '../process-tree.ts'
import { kubernetesRunner } from './kubernetes-runner.ts'

const {
  KUBECONFIG: kubeconfig,
  KUBERNETES_TEST_IMAGE: image,
  KUBERNETES_TEST_NAMESPACE: namespace,
} = process.env

/** The cluster of the tests; null if none was given. */
export const testCluster = kubeconfig && image ? { kubeconfig, image } : null
/** Why there is none; null if there is one. */
export const skipKubernetes = testCluster
  ? null
  : 'needs KUBECONFIG, and in KUBERNETES_TEST_IMAGE an image with sh, sleep, setsid and /usr/bin/node that its nodes have'

/** What was added, by any of the runners of a test, with the folder that they share. */
const specs = new Map<string, ProcessSpec>()

/**
 * Adds the numbers of processes to reports. The node of the tests is this machine, so its processes are seen here. The product does not
 * look for them: its nodes are other machines.
 */
function withNumbers(runner: ProcessRunner, folder: string): ProcessRunner {
  const keyOf = ({ id }: { id: string }) => `${folder} ${id}`
  const numbered = async (report: ProcessReport): Promise<ProcessReport> => {
    const spec = specs.get(keyOf(report))
    if (!spec || report.generation === null) return report
    const tree = await findTree({ id: spec.id, marker: markerOf(spec), main: null })
    const [first] = tree.toSorted((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid)
    return { ...report, pid: first?.pid ?? null }
  }
  return {
    kind: runner.kind,
    open: () => runner.open(),
    add: (added) => {
      for (const spec of added) if (!specs.has(keyOf(spec))) specs.set(keyOf(spec), spec)
      return runner.add(added)
    },
    remove: (id) => runner.remove(id),
    start: (id) => runner.start(id),
    stop: (id) => runner.stop(id),
    listener: (id) => runner.listener(id),
    reports: async () => {
      const all = await Promise.all([...(await runner.reports()).values()].map(numbered))
      return new Map(all.map((report) => [report.id, report]))
    },
    watch: (onChange) => runner.watch(onChange),
    close: () => runner.close(),
    shutdown: (limit) => runner.shutdown(limit),
  }
}

/** The cluster with the rights of its administrator, who the tests are. */
export function administrator(): KubernetesClient {
  if (!testCluster) throw new Error('there is no cluster')
  const { kubeconfig: file } = testCluster
  return kubernetesClient(() => readKubeconfig(file, null))
}

/** Returns a runner of a platform in a test's folder. Its programs write to folders of this machine, which the tests read. */
export function runnerIn(
  folder: string,
  options: { client?: KubernetesClient; namespace?: string } = {},
): ProcessRunner {
  const platform = createHash('sha256').update(folder).digest('hex').slice(0, 12)
  const runner = kubernetesRunner({
    client: options.client ?? administrator(),
    namespace: options.namespace ?? namespace ?? 'default',
    platform,
    pullSecret: null,
    drainSeconds: 0,
    volumeOf: (path) => ({ hostPath: { path } }),
    folder: join(folder, 'kubernetes'),
    // What fails in the background is tried again. Thrown here, it would end the whole test run.
    onError: (error) => console.error(error),
    logRotation: usualLogRotation,
  })
  return withNumbers(runner, folder)
}
