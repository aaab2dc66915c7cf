import { transactionsOf, type Database, type InTransaction } from '../../adapters/database/database.ts'
import { createServicesRepository } from '../services/services.repository.ts'
import { createTasksRepository } from '../tasks/tasks.repository.ts'
import type { QueueRecords } from './pipelines.deps.ts'
import { createPipelinesRepository } from './pipelines.repository.ts'
import { createPushRulesRepository } from './push-rules.repository.ts'

/** Runs changes of everything that the queue of pipelines stores in one database transaction. */
export const queueTransactions = (db: Database): InTransaction<QueueRecords> =>
  transactionsOf(db, (part) => ({
    services: createServicesRepository(part),
    rules: createPushRulesRepository(part),
    pipelines: createPipelinesRepository(part),
    tasks: createTasksRepository(part),
  }))
