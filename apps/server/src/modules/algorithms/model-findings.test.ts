import { most } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { modelFindings } from './model-findings.ts'
import { viewOf, type Files } from './recognition/package.test-view.ts'
import { recognise } from './recognition/recognise.ts'

const digest = (at: number) => at.toString(16).padStart(64, 'a')
const pointer = (at: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${digest(at)}\nsize 123456\n`
const algorithm: Files = {
  'ai_algorithm.py': 'class Algorithm:\n    def predict(self, input_data): ...\n',
}
const recognised = (files: Files) => recognise(viewOf({ ...algorithm, ...files }), { packageName: 'demo' })
/** What somebody is told who has no model files. */
const toldOf = async (files: Files) =>
  modelFindings(
    { modelGrants: { give: async () => {}, usable: async () => [], takeBack: async () => {} } },
    { actor: testActor('user'), algorithmId: 'demo', ownerId: 'anna' },
    await recognised(files),
  )

test('of a pointer of Git LFS, the shortest ways are told: to fetch its file, and to delete it if nothing uses it', async () => {
  const [found, ...others] = await toldOf({ 'docs/picture.png': pointer(1) })
  expect(others).toEqual([])
  expect(found).toMatchObject({ code: 'preflight.model_missing', path: 'docs/picture.png' })
  expect(found?.mend?.en).toMatch(/git lfs pull .*upload.*delete it from the package/)
  expect(found?.mend?.zh).toMatch(/git lfs pull.*上传.*从包里删掉/)
})

test('of a file that the package names and does not have, only the upload and the push are told', async () => {
  const models = `models:\n  - path: weights.bin\n    sha256: ${digest(1)}\n`
  const [found] = await toldOf({ 'algorithm.yaml': models })
  expect(found).toMatchObject({ path: 'weights.bin', needsModel: digest(1) })
  expect(found?.mend?.en).toBe(
    'The owner of the algorithm uploads it on the page “Model files”, and pushes or deploys this version; or push it with git lfs push',
  )
})

test('more pointers than a package can have model files are not to be joined in an archive', async () => {
  const many = Array.from({ length: most.models + 1 }, (_none, at) => [`data/${at}.bin`, pointer(at)])
  const { problems } = await recognised(Object.fromEntries(many))
  const problem = problems.find(({ code }) => code === 'manifest.models_too_many')
  expect(problem?.text.en).toContain('of which 101 are pointers of Git LFS')
  expect(problem?.mend?.en).toContain('git lfs pull')
  expect(problem?.mend?.en).not.toContain('archive')
})
