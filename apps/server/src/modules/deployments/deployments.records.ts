import type { InTransaction } from '../../adapters/database/database.ts'
import type { ConfigCanariesRepository } from '../configs/canaries/canaries.repository.ts'
import type { ConfigsRepository } from '../configs/configs.repository.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { PortsRepository } from '../ports/ports.repository.ts'
import type { ReleasesRepository } from '../releases/releases.repository.ts'
import type { ServicesRepository } from '../services/services.repository.ts'
import type { TasksRepository } from '../tasks/tasks.repository.ts'

/**
 * Everything that a deploy stores. It is stored in transactions, so that nothing is incomplete if the control
 * plane ends.
 */
export type DeploymentRecords = {
  services: ServicesRepository
  releases: ReleasesRepository
  instanceRows: InstancesRepository
  ports: PortsRepository
  tasks: TasksRepository
  configs: Pick<ConfigsRepository, 'write' | 'newest' | 'value' | 'lock'>
  canaries: ConfigCanariesRepository
  /** Lets the version of a commit give an algorithm its title, description and cover. */
  algorithms: { describeByCommit: (algorithmId: string, commit: string) => Promise<void> }
}

/** Changes these records in one transaction. */
export type InDeploymentTransaction = InTransaction<DeploymentRecords>
