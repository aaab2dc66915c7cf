import { most, type ManifestModel, type ManifestSource } from '@vitrine/contract'
import { isModelPath } from '@vitrine/contract'
import { pointerAtMost, pointerIn } from '../../models/lfs-pointer.ts'
import type { Finding } from '../../sources/finding.ts'
import type { PackageView } from '../../sources/package-view.ts'
import { say } from './plan.ts'

/** Shorter files are no pointers of Git LFS, in bytes. */
const pointerAtLeast = 100
/** No more small files than this are read for pointers. */
const readAtMost = 3_000

/** The files of a package that are pointers of Git LFS. */
async function pointersOf(view: PackageView): Promise<ManifestModel[]> {
  const small = view.files.filter(
    ({ size, path }) =>
      size > pointerAtLeast && size <= pointerAtMost && !/\.(py|m?js|json|ya?ml|md)$/.test(path),
  )
  const found: ManifestModel[] = []
  for (const { path } of small.slice(0, readAtMost)) {
    const pointer = pointerIn((await view.readText(path)) ?? '')
    if (pointer !== null && isModelPath(path)) found.push({ path, ...pointer, source: 'store' })
  }
  return found
}

const taken = (path: string): Finding => ({
  code: 'manifest.model_path_taken',
  path,
  text: say(
    `models 要把文件放在 ${path}，但算法包里那里已有别的文件或文件夹`,
    `models puts a file at ${path}, but the package has another file or folder there`,
  ),
  mend: say(
    '从包里删掉它，或改 models 里的 path',
    'Remove it from the package, or change the path in models',
  ),
})
const twice = (path: string): Finding => ({
  code: 'manifest.model_path_twice',
  path,
  text: say(`models 里有两个文件都放在 ${path}`, `models puts two files at ${path}`),
})
const tooManyStated = (count: number): Finding => ({
  code: 'manifest.models_too_many',
  text: say(
    `算法包有 ${count} 个模型文件，最多 ${most.models} 个`,
    `The package has ${count} model files; at most ${most.models} are possible`,
  ),
  mend: say('把它们合成一个归档文件', 'Join them in one archive'),
})
const tooManyPointers = (count: number, pointers: number): Finding => ({
  code: 'manifest.models_too_many',
  text: say(
    `算法包有 ${count} 个模型文件，其中 ${pointers} 个是 Git LFS 指针；最多 ${most.models} 个`,
    `The package has ${count} model files, of which ${pointers} are pointers of Git LFS; at most ${most.models} are possible`,
  ),
  mend: say(
    '在仓库里运行 git lfs pull 再上传，或从包里删掉算法用不到的文件',
    'Run git lfs pull in the repository before the upload, or delete the files that the algorithm does not use',
  ),
})

/** Whether one of two paths is the other, or a folder on the way to it. */
const collide = (one: string, other: string) =>
  one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`)

/**
 * The model files of a package: those that its manifest states, and those that are in it as pointers of Git LFS. A problem for
 * each file that cannot be at its path.
 */
export async function modelFilesOf(
  view: PackageView,
  stated: Pick<ManifestSource, 'models'>,
): Promise<{ models: ManifestModel[]; problems: Finding[] }> {
  const named = stated.models ?? []
  const pointers = await pointersOf(view)
  const paths = new Set(named.map(({ path }) => path))
  const models = [...named, ...pointers.filter(({ path }) => !paths.has(path))]
  if (models.length > most.models) {
    const unstated = models.length - named.length
    const problem = unstated > 0 ? tooManyPointers(models.length, unstated) : tooManyStated(models.length)
    return { models: [], problems: [problem] }
  }
  const standsFor = new Map(pointers.map(({ path, sha256 }) => [path, sha256]))
  const problems = named.flatMap(({ path, sha256 }, at): Finding[] => {
    const isOther = view.files.some(
      (file) => collide(file.path, path) && !(file.path === path && standsFor.get(path) === sha256),
    )
    if (isOther) return [taken(path)]
    return named.slice(0, at).some((other) => collide(other.path, path)) ? [twice(path)] : []
  })
  return { models, problems }
}
