import { transactionsOf, type Database } from '../../adapters/database/database.ts'
import { createAlgorithmsRepository } from '../algorithms/algorithms.repository.ts'
import { describeByCommit } from '../algorithms/describe-algorithm.ts'
import { createConfigCanaries } from '../configs/canaries/canaries.repository.ts'
import { createConfigsRepository } from '../configs/configs.repository.ts'
import { createInstancesRepository } from '../instances/instances.repository.ts'
import { createPortsRepository } from '../ports/ports.repository.ts'
import { createReleasesRepository } from '../releases/releases.repository.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'

/** Runs changes of everything that a deploy stores in one database transaction. */
export const deploymentTransactions = (db: Database): InDeploymentTransaction =>
  transactionsOf(db, (part) => ({
    services: createServicesRepository(part),
    releases: createReleasesRepository(part),
    instanceRows: createInstancesRepository(part),
    ports: createPortsRepository(part),
    tasks: createTasksRepository(part),
    configs: createConfigsRepository(part),
    canaries: createConfigCanaries(part),
    algorithms: {
      describeByCommit: (id, commit) => describeByCommit(createAlgorithmsRepository(part), id, commit),
    },
  }))
