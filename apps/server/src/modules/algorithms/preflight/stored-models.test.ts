import { describe, expect, test } from 'vitest'
import { skipPython } from './code-checker.test-setup.ts'
import { about } from './preflight.test-setup.ts'

const service = (line: string) => ({
  'requirements.txt': 'bentoml==1.4.0\n',
  'service.py': `import bentoml\n\n@bentoml.service\nclass Iris:\n    ${line}\n    @bentoml.api\n    def predict(self, x: list) -> list: ...\n`,
})

describe.skipIf(skipPython !== null)('a model of the store of BentoML', () => {
  test.each([
    'model = bentoml.models.get("iris.clf:latest")',
    "model = bentoml.sklearn.load_model('iris.clf')",
    'model = bentoml.models.BentoModel("iris.clf:v2")',
  ])('is told before the service is stored, with the script that saves it: %s', async (line) => {
    const files = { ...service(line), 'train.py': 'bentoml.sklearn.save_model("iris.clf", model)\n' }
    expect(await about(files, 'stored_model')).toMatchObject([
      {
        path: 'service.py',
        line: 5,
        message:
          'service.py line 5 takes iris.clf from the model store of BentoML (train.py puts it there), which is not in the package',
      },
    ])
  })

  test('is not what a service loads from a file of its own', async () => {
    expect(await about(service('model = joblib.load("iris.joblib")'), 'stored_model')).toEqual([])
  })
})
