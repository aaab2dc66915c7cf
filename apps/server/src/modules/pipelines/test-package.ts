import { join } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import type { LocalisedText } from '../../lib/words.ts'
import { useEnvironment } from '../deployments/build.ts'
import { serviceFolders } from '../instances/instance-spec.ts'
import { beginBuildLog } from '../releases/build-log.ts'
import type { StoredService } from '../services/services.repository.ts'
import { inUploadFolder } from '../sources/receive-upload.ts'
import { testFailed } from './pipelines.errors.ts'
import type { PipelinesDeps } from './pipelines.deps.ts'
import type { StoredPipeline } from './pipelines.repository.ts'

/** How many lines of the output are part of the failure. The log has all. */
const linesTold = 20

const waitsForTurn = { zh: '等待轮到测试', en: 'waits for its turn to be tested' }

type TestInput = {
  pipeline: StoredPipeline
  service: Pick<StoredService, 'ownerId'>
  manifest: Manifest
  command: readonly [string, ...string[]]
  timeoutS: number
  signal: AbortSignal
}
type Report = (message: LocalisedText) => Promise<void>

async function runTests(deps: PipelinesDeps, input: TestInput, report: Report): Promise<void> {
  const { pipeline, service, manifest, command, timeoutS, signal } = input
  const { codeHost, recogniser } = deps
  const { algorithmId, commit, serviceId, id } = pipeline
  const log = await beginBuildLog(serviceFolders(deps.paths, serviceId).pipelineLog(id))
  const waiter = { signal, report, log: log.write }
  try {
    await inUploadFolder(deps.paths.uploads, async (target) => {
      const packageFolder = join(target, 'package')
      await codeHost.checkout({ algorithmId, commit, folder: packageFolder, signal })
      const environment = await deps.environments.prepare({
        manifest,
        packageFolder,
        owner: service.ownerId,
        ...waiter,
        readRequirements: (view, place) => recogniser.readRequirements(service.ownerId, view, place),
      })
      if (environment) await useEnvironment(environment, packageFolder)
      const shown = command.join(' ')
      log.write(`$ ${shown}`)
      await report(shown)
      const result = await deps.environments.runInCopy({
        packageFolder,
        environment,
        command,
        timeoutMs: timeoutS * 1000,
        waiter,
      })
      signal.throwIfAborted()
      if (result.exitCode === 0) return
      const why =
        result.ended === 'timeout'
          ? [`timeout: ${timeoutS} s`]
          : result.startError === null
            ? []
            : [result.startError]
      for (const line of why) log.write(line)
      const lines = [...result.stdout, ...result.stderr].slice(-linesTold)
      throw testFailed({ command: shown, exit_code: result.exitCode, lines: [...lines, ...why] })
    })
  } finally {
    await log.close()
  }
}

/**
 * Runs the test command of a package on a commit of it, in a sandbox as a build, with what the package needs installed. That is what its
 * release will use, so the deploy finds it in the cache. The owners of services take turns, as for builds. Throws `pipeline.test_failed`.
 */
export async function testPackage(deps: PipelinesDeps, input: TestInput, report: Report): Promise<void> {
  await report(waitsForTurn)
  const endTurn = await deps.testQueue.enter(input.service.ownerId, input.signal)
  try {
    await runTests(deps, input, report)
  } finally {
    endTurn()
  }
}
