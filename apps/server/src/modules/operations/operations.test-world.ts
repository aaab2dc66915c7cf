import { pino } from 'pino'
import { freeRange } from '../../../../../tests/support/free-ports.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createBus } from '../../lib/bus.ts'
import { systemClock } from '../../lib/clock.ts'
import { deploymentTransactions } from '../deployments/deployments.assembly.ts'
import { takesRequests } from '../instances/instance-facts.ts'
import { listensOnSocket } from '../instances/instances.usecases.ts'
import { createNetworkRule } from '../instances/network-access.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { openRunsWorld } from '../runs/runs.test-world.ts'
import { createServiceGroupsRepository } from '../service-groups/service-groups.repository.ts'
import type { TaskChanged } from '../tasks/task-progress.ts'
import { createTaskRunner } from '../tasks/task-runner.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { createConfigCanaries } from '../configs/canaries/canaries.repository.ts'
import { createConfigsRepository } from '../configs/configs.repository.ts'
import { batchTask } from './batch.task.ts'
import { canaryTask } from './canary.task.ts'
import { adjustTask } from './adjust.task.ts'
import { operateTasks } from './operate.task.ts'
import type { ChangeServicesDeps } from './operations.usecases.ts'
import type { Scaled } from './scaling-words.ts'
import { sleepTasks } from './sleep.task.ts'

type World = Awaited<ReturnType<typeof openRunsWorld>>

/** What the gateway and the runner of the world have seen, and what is wrong with them. */
type Seen = {
  /** How many instances took requests at each update of the gateway. */
  serving: number[]
  /** Whether the gateway cannot be told of anything. */
  isGatewayDown: boolean
  /** The processes that existed each time new ones were added. */
  knownBefore: string[][]
}

/** The processes that the world's runner has, by id. */
export const processesOf = async (world: Pick<World, 'runner'>): Promise<string[]> =>
  [...(await world.runner.reports()).keys()].sort()

/** A gateway that counts the serving instances of a service. */
const gatewayOf = (world: World, id: string, seen: Seen) => ({
  sync: async () => {
    if (seen.isGatewayDown) throw new Error('the gateway does not answer')
    seen.serving.push(world.monitor.ofService(id).filter(takesRequests).length)
  },
  frontProblem: () => null,
  isLeftOut: () => false,
})

const canaryParts = (world: World) => ({
  configs: createConfigsRepository(world),
  canaries: createConfigCanaries(world),
  inTransaction: deploymentTransactions(world.db),
  memory: testMemory(1_000_000),
  clock: systemClock,
})

/** The part of a control plane that changes services, with one service from before replicas existed: one running instance, and default values in its row. */
export async function openOperationsWorld(id: string) {
  const world = await openRunsWorld()
  const seen: Seen = { serving: [], isGatewayDown: false, knownBefore: [] }
  await world.addService(id)
  const { releases, services } = world.running
  const instanceRows = createInstancesRepository(world)
  const alone = [{ replica: 1, mode: 'local' as const, limits: {}, network: 'all' as const, onTrial: false }]
  await instanceRows.insert({ serviceId: id, number: 2 }, alone)
  const gateway = gatewayOf(world, id, seen)
  const { paths, instances } = world
  // They are looked for on the machine, where other tests open ports of the usual range.
  const ports = { ...world.ports, ranges: { ...world.ports.ranges, front: await freeRange(5) } }
  const add = world.runner.add.bind(world.runner)
  world.runner.add = async (specs) => {
    seen.knownBefore.push(await processesOf(world))
    await add(specs)
  }
  const operate = { paths, ports, instances, gateway, services, releases, instanceRows }
  const tasks = createTasksRepository(world)
  const scalings = createBus<Scaled>()
  const runner = createTaskRunner(
    {
      repository: tasks,
      bus: createBus<TaskChanged>(),
      clock: systemClock,
      concurrency: 2,
      logger: pino({ level: 'silent' }),
    },
    adjustTask({ ...operate, scalings }),
    canaryTask({ ...operate, ...canaryParts(world) }),
    ...operateTasks(operate),
    ...sleepTasks(operate),
  )
  const deploy = () => Promise.reject(new Error('nothing is deployed here'))
  const authorNow = async () => testActor('admin')
  runner.add(
    batchTask({ operate, tasks, runner, authorNow, deploy, onError: (error) => console.error(error) }),
  )
  const deps: ChangeServicesDeps = {
    services,
    releases,
    instanceRows,
    tasks,
    runner,
    ports,
    inTransaction: deploymentTransactions(world.db),
    gateway,
    monitor: world.monitor,
    groups: createServiceGroupsRepository(world),
    onGroupsChanged: () => Promise.resolve(),
    disk: { fullOf: () => null },
    titlesOf: () => Promise.resolve(new Map()),
    titledWith: () => Promise.resolve([]),
    publicUrl: 'http://127.0.0.1:9',
    ownUrlOf: () => null,
    ceilings: { most: { memory_mb: 1_000 }, usual: {} },
    gatewayKind: () => 'embedded' as const,
    requireNetwork: createNetworkRule(instances.settings, (one) => listensOnSocket(instances, one)),
    modes: new Set(['local', 'supervisor'] as const),
  }
  return { world, deps, instanceRows, seen, scalings }
}
