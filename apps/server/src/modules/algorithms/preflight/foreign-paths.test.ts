import { describe, expect, test } from 'vitest'
import { fastApi } from '../recognition/web-app/web-app.test-packages.ts'
import { skipPython } from './code-checker.test-setup.ts'
import { about } from './preflight.test-setup.ts'

const app = (line: string) => ({ 'main.py': `${line}\n${fastApi}`, 'requirements.txt': 'fastapi\nuvicorn\n' })

describe.skipIf(skipPython !== null)('a path of another computer', () => {
  test.each([
    [String.raw`MODEL = r"C:\Users\anna\Downloads\iris.pkl"`, String.raw`C:\Users\anna\Downloads\iris.pkl`],
    [String.raw`MODEL = 'D:\\work\\iris.pkl'`, String.raw`D:\\work\\iris.pkl`],
    ['MODEL = "/home/anna/work/iris.pkl"', '/home/anna/work/iris.pkl'],
    ['MODEL = "/content/drive/MyDrive/iris.pkl"', '/content/drive/MyDrive/iris.pkl'],
  ])('is told, with the path of the file in the package: %s', async (line, path) => {
    expect(await about({ ...app(line), 'models/iris.pkl': 'x' }, 'foreign_path')).toMatchObject([
      {
        message: `main.py line 1: ${path} is a path of another computer`,
        adds: { path: 'main.py', lines: ['MODEL = "models/iris.pkl"'], replaces: line },
      },
    ])
  })

  test('of a file that the package does not have names what to upload', async () => {
    const [found] = await about(app('MODEL = "C:/data/iris.pkl"'), 'foreign_path')
    expect(found?.mend).toBe('Upload iris.pkl as well, and write its path in the package here')
    expect(found).not.toHaveProperty('adds')
  })

  test.each([
    'URL = "http://x/home/anna/a.pkl"',
    '# MODEL = "C:/data/iris.pkl"',
    'MODEL = "models/iris.pkl"',
    'FOLDER = "/home/anna/"',
  ])('is not %s', async (line) => {
    expect(await about(app(line), 'foreign_path')).toEqual([])
  })
})
