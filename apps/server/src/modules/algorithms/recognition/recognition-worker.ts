import { answerInThread, type Ask } from '../../../adapters/threads/answer-in-thread.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { z } from 'zod'
import { checkedFile, type CodeChecker } from '../preflight/code-checker.ts'
import { examine } from '../preflight/preflight.ts'
import { codeRoutes } from './code-routes/code-routes.ts'
import { readLaunch } from './launch/launch-edits.ts'
import { readRequirements, withPlan } from './python/requirements.ts'
import { readPackage } from './package-reading.ts'
import type { RecognitionAnswer, RecognitionQuestion, RecognitionRequest } from './recognition-messages.ts'

const viewThrough = (ask: Ask<RecognitionQuestion>, files: PackageView['files']): PackageView => ({
  files,
  async readText(path) {
    const text = await ask({ read: path })
    return typeof text === 'string' ? text : null
  },
})

const checked = z.array(checkedFile).nullable()
/** Checks code by the programs that the main thread starts. */
const codeThrough = (ask: Ask<RecognitionQuestion>): CodeChecker => ({
  check: async (...check) => checked.parse(await ask({ check })),
})

answerInThread(
  async (request: RecognitionRequest, ask: Ask<RecognitionQuestion>): Promise<RecognitionAnswer> => {
    const view = viewThrough(ask, request.files)
    if ('given' in request) {
      const onLook = (looksFor: { zh: string; en: string }) => void ask({ looksFor })
      const { files: _given, ...recognition } = await examine(
        { code: codeThrough(ask) },
        request.person,
        view,
        request.given,
        { onLook, pythons: request.pythons, containers: request.containers, gpu: request.gpu },
      )
      return { recognition }
    }
    if ('requirements' in request) {
      const { folder, named, install = [] } = request.requirements
      const paths = new Set(request.files.map(({ path }) => path))
      const files = { ...view, has: (path: string) => paths.has(path) }
      const stated = await readRequirements(files, folder, named ?? undefined)
      return { requirements: install.length === 0 ? stated : await withPlan(files, stated, install) }
    }
    if ('wanted' in request) return { routes: await codeRoutes(readPackage(view)) }
    return { edits: (await readLaunch(view, request.manifest)).edits }
  },
)
