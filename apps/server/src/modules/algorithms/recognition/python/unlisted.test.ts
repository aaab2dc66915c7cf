import { describe, expect, test } from 'vitest'
import { inspect, type Files } from '../package.test-view.ts'
import { fastApi } from '../web-app/fixtures.ts'

describe('a library that no requirement lists', () => {
  const unlisted = async (files: Files) =>
    (await inspect(files)).warnings
      .filter(({ code }) => code === 'launch.import_unlisted')
      .map(({ message }) => message)
  const app = { 'main.py': `from model import load\n${fastApi}`, 'requirements.txt': 'fastapi\nuvicorn\n' }

  test('is named with the file and the line that import it, and with what to add', async () => {
    const files = { ...app, 'model.py': 'import os\nimport lightgbm as lgb\n' }
    expect(await unlisted(files)).toEqual([
      'model.py line 2 imports lightgbm, but no requirement lists lightgbm. Add a line lightgbm to requirements.txt',
    ])
  })

  test('is named with its line also if that imports something else before it', async () => {
    const files = { ...app, 'model.py': 'import os, lightgbm\n\n\ndef load(): ...\n' }
    expect(await unlisted(files)).toEqual([expect.stringMatching(/^model\.py line 1 imports lightgbm,/)])
  })

  test.each<[string, string, string]>([
    ['listed under the name of its distribution', 'from sklearn.svm import SVC\n', 'scikit-learn'],
    ['listed as another distribution of it', 'import cv2\n', 'opencv-python'],
    ['brought by another one', 'import torch\n', 'ultralytics'],
    ['one that most others bring', 'import numpy as np\n', 'pandas'],
    ['only a name in a module that is not imported', '# import lightgbm\n', ''],
  ])('is not one that is %s', async (_name, model, requirement) => {
    const requirements = { 'requirements.txt': `fastapi\nuvicorn\n${requirement}\n` }
    expect(await unlisted({ ...app, ...requirements, 'model.py': model })).toEqual([])
  })
})
