import type { MemoryBudget } from '../../lib/memory-budget.ts'
import { z } from 'zod'
import type { Manifest, StageExample, StepOf } from '@vitrine/contract'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import type { DataPaths } from '../../lib/paths.ts'
import type { Recogniser } from '../algorithms/recognition/recogniser.ts'
import type { Environments } from '../environments/environments.ts'
import type { ImagesDeps } from '../images/prepare-image.ts'
import type { GatewaySync } from '../gateway/gateway.sync.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import type { PortsDeps } from '../ports/ports.deps.ts'
import type { ServicesRepository, StoredService } from '../services/services.repository.ts'
import type { InDeploymentTransaction } from './deployments.records.ts'
import type { TaskContext } from '../tasks/task-kind.ts'
import type { ModelProvider } from '../models/provide-models.ts'
import type { InstancesRepository } from '../instances/instances.repository.ts'
import type { ReleasesRepository, StoredRelease } from '../releases/releases.repository.ts'
import type { DocumentReader } from '../service-apis/document-reader.ts'

/** What packages bring to be shown: their demo inputs and covers. */
export type PackageExamples = {
  /** Throws `deploy.example_media` for media of the platform that the algorithm may not show. Stores nothing. */
  check: (input: { algorithmId: string; manifest: Manifest }) => Promise<void>
  /**
   * Stores them. Media become assets, so that the stage can run them, and everybody sees them. Throws as `check`
   * does.
   */
  keep: (input: {
    algorithmId: string
    manifest: Manifest
    packageFolder: string
  }) => Promise<{ examples: StageExample[]; coverAssetId: string | null }>
}

/** What deploying needs of the rest of the platform. */
export type DeployDeps = {
  /** The memory that all calls of instances share. */
  memory: MemoryBudget
  paths: DataPaths
  services: ServicesRepository
  releases: ReleasesRepository
  instanceRows: InstancesRepository
  inTransaction: InDeploymentTransaction
  codeHost: Pick<CodeHost, 'checkout'>
  environments: Pick<Environments, 'prepare'>
  /** What the Python runtime of the platform itself needs installed. */
  runtimeRequirements: string
  recogniser: Pick<Recogniser, 'readEdits' | 'readRequirements' | 'readRoutes'>
  examples: PackageExamples
  modelFiles: Pick<ModelProvider, 'place'>
  images: ImagesDeps
  /** Reads the API documents of packages with a server of their own. */
  apiDocuments: DocumentReader
  /** How many deploys run at the same time, and how many of them are of one person. */
  builds: { atOnce: number; perPerson: number }
  ports: PortsDeps
  instances: InstancesDeps
  gateway: Pick<GatewaySync, 'sync'>
  /** Called once a release serves. The task does not wait for it. */
  onDeployed: (serviceId: string) => void
  /** Gets what failed after the switch and does not fail the deploy. */
  onError: (error: unknown) => void
}

/** The longer work that begins a deploy. By this it finds its own deploy again after a restart, and takes no other one for it. */
export type BegunBy = { pipeline_id: string } | { batch_id: string }

/** Input of a deploy or rollback task. */
export const deployInput = z.object({
  service_id: z.string(),
  release: z.number().int(),
  /** The pipeline that has begun it. */
  pipeline_id: z.string().optional(),
  /** The task of the batch that has begun it. */
  batch_id: z.string().optional(),
})
/** Input of a deploy or rollback task. */
export type DeployInput = z.infer<typeof deployInput>

/** The data of one deploy that its steps use. */
export type Deploy = {
  service: StoredService
  release: StoredRelease
  /** The release's folder. */
  folder: string
  /** With the steps that a deploy shares with a rollback: those from the start of its instances on. */
  context: Pick<TaskContext<DeployInput, StepOf<'service.rollback'>>, 'signal' | 'step' | 'takeTurn'>
}
