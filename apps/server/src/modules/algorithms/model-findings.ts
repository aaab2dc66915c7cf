import type { ManifestModel } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { pointedFiles, type HostedFiles } from '../models/hosted-files.ts'
import type { ModelGrants } from '../models/model-grants.ts'
import type { ModelRecipient } from '../models/models.repository.ts'
import type { Finding } from '../sources/finding.ts'
import type { PackageView } from '../sources/package-view.ts'
import { say } from './recognition/plan.ts'
import type { Recognition } from './recognition/recognise.ts'

/** What is needed to know which model files exist. */
export type ModelFindingsDeps = {
  modelGrants: ModelGrants
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`
/** Larger files of a package are better kept as model files, in bytes. */
const largeFrom = 50_000_000
const shownAtMost = 10

const mendStated = say(
  '由算法的所有者在“模型文件”页上传它，并推送或部署这个版本；或用 git lfs push 推送',
  'The owner of the algorithm uploads it on the page “Model files”, and pushes or deploys this version; or push it with git lfs push',
)
/** Not every file that Git LFS keeps is a model: pictures and test data are among them. */
const mendPointer = say(
  '在仓库里运行 git lfs pull 再上传算法包，或在“模型文件”页上传这个文件；算法用不到它时，从包里删掉即可',
  'Run git lfs pull in the repository and upload the package again, or upload this file on the page “Model files”. If the algorithm does not use it, delete it from the package',
)

const missing = ({ path, sha256, size }: ManifestModel, isPointer: boolean): Finding => {
  const long = size === undefined ? '' : `${megabytes(size)}, `
  return {
    code: 'preflight.model_missing',
    path,
    text: say(
      `这个算法还没有模型文件 ${path}（${long}SHA-256 ${sha256}）`,
      `This algorithm does not have the model file ${path} yet (${long}SHA-256 ${sha256})`,
    ),
    follows: say('在它到来之前不能部署', 'Nothing can be deployed before it is there'),
    mend: isPointer ? mendPointer : mendStated,
    needsModel: sha256,
  }
}

/** The digests of those files that another server has. Where it cannot be asked, they are told as missing: a deploy asks again. */
async function heldElsewhere(
  hosted: HostedFiles | undefined,
  models: readonly ManifestModel[],
): Promise<readonly string[]> {
  const wanted = pointedFiles(models)
  if (!hosted || wanted.length === 0) return []
  try {
    return [...((await hosted.locate(wanted)) ?? new Map<string, unknown>()).keys()]
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}

/**
 * Warnings for the model files that an algorithm would not get if this actor deployed the package. A file of the package may be
 * only a pointer of Git LFS. A deploy fetches what `hosted` has, the server that the code comes from.
 */
export async function modelFindings(
  deps: ModelFindingsDeps,
  { actor, hosted, ...to }: ModelRecipient & { actor: Actor; hosted?: HostedFiles | undefined },
  { manifest, files }: Pick<Recognition, 'manifest' | 'files'>,
): Promise<Finding[]> {
  const models = (manifest?.models ?? []).filter(({ source }) => source === 'store')
  if (models.length === 0) return []
  const usable = await deps.modelGrants.usable(
    actor,
    to,
    models.map(({ sha256 }) => sha256),
  )
  const here = new Set(usable.map(({ sha256 }) => sha256))
  const lacking = models.filter(({ sha256 }) => !here.has(sha256))
  const there = new Set(await heldElsewhere(hosted, lacking))
  const inPackage = new Set(files.map(({ path }) => path))
  return lacking
    .filter(({ sha256 }) => !there.has(sha256))
    .map((model) => missing(model, inPackage.has(model.path)))
}

/** Advice for large files of a package: git keeps each version of them, and each release has a copy. */
export const largeFileFindings = (files: PackageView['files']): Finding[] =>
  files
    .filter(({ size }) => size > largeFrom)
    .slice(0, shownAtMost)
    .map(({ path, size }) => ({
      code: 'preflight.large_file',
      path,
      text: say(
        `${path} 有 ${megabytes(size)}，每个版本和每次发布都各存一份`,
        `${path} has ${megabytes(size)}; each version and each release keeps a copy`,
      ),
      mend: say(
        '如果是模型权重：上传到“模型文件”页，在 algorithm.yaml 的 models 里写它的 path 和 sha256，并从包里删掉',
        'If these are weights: upload the file on the page “Model files”, name its path and sha256 in models of algorithm.yaml, and remove it from the package',
      ),
    }))
