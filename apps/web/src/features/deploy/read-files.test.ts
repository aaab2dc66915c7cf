// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest'
import { chosenBytes, packageForm, readEntries, readInput, type Entry } from './read-files.ts'

const file = (name: string, text = 'x') => ({
  name,
  isFile: true,
  isDirectory: false,
  file: (done: (file: File) => void) => done(new File([text], name)),
})
/** A folder that returns its entries in groups of 100, as Chromium does. */
const folder = (name: string, children: Entry[]) => ({
  name,
  isFile: false,
  isDirectory: true,
  createReader: () => {
    let at = 0
    return {
      readEntries: (done: (entries: Entry[]) => void) => {
        done(children.slice(at, at + 100))
        at += 100
      },
    }
  },
})
const fromFolderInput = (path: string) => {
  const chosen = new File(['x'], path.replace(/^.*\//, ''))
  Object.defineProperty(chosen, 'webkitRelativePath', { value: path })
  return chosen
}

describe('a dropped folder', () => {
  test('is read completely, with the path of each file', async () => {
    const chosen = await readEntries([
      folder('算法', [file('ai_algorithm.py'), folder('model', [folder('v1', [file('权重.bin')])])]),
    ])
    expect(chosen.files.map(({ path }) => path)).toEqual(['算法/ai_algorithm.py', '算法/model/v1/权重.bin'])
    expect(chosen.archive).toBeNull()
  })

  test('may hold more files than the browser returns at a time', async () => {
    const many = Array.from({ length: 250 }, (_, index) => file(`${index}.txt`))
    const chosen = await readEntries([folder('data', many)])
    expect(chosen.files).toHaveLength(250)
  })

  test('leaves out files that are never needed, and names them', async () => {
    const chosen = await readEntries([
      folder('a', [
        folder('.git', [file('HEAD')]),
        folder('venv', [file('python')]),
        folder('pkg', [folder('__pycache__', [file('x.pyc')]), file('x.py')]),
      ]),
    ])
    expect(chosen.files.map(({ path }) => path)).toEqual(['a/pkg/x.py'])
    expect(chosen.leftOut).toEqual(['a/.git', 'a/venv', 'a/pkg/__pycache__'])
  })

  test('that cannot be read is an error, not an empty folder', async () => {
    const locked = {
      ...file('locked'),
      file: (_: (file: File) => void, failed: (error: Error) => void) => failed(new Error('no access')),
    }
    await expect(readEntries([folder('a', [locked])])).rejects.toThrow('no access')
  })
})

describe('chosen files', () => {
  test('of a folder input keep their paths', () => {
    const chosen = readInput([fromFolderInput('a/b/c.py'), fromFolderInput('a/.git/config')])
    expect(chosen.files.map(({ path }) => path)).toEqual(['a/b/c.py'])
    expect(chosen.leftOut).toEqual(['a/.git'])
  })

  test('are an archive if there is a single one, else files', () => {
    for (const name of ['a.zip', 'A.ZIP', 'a.tar', 'a.tar.gz', 'a.tgz'])
      expect(readInput([new File(['x'], name)]).archive?.name).toBe(name)
    expect(readInput([new File(['x'], 'ai_algorithm.py')]).archive).toBeNull()
    const two = readInput([new File(['x'], 'a.zip'), new File(['x'], 'b.py')])
    expect([two.archive, two.files.length]).toEqual([null, 2])
  })

  test('have a total size in bytes', () => {
    expect(chosenBytes(readInput([new File(['四个字节'], 'a.txt'), new File(['1'], 'b.txt')]))).toBe(13)
    expect(chosenBytes(readInput([new File(['123'], 'a.zip')]))).toBe(3)
  })
})

describe('the body of an upload', () => {
  test('names each file by its path and has the fields before the files', () => {
    const form = packageForm(readInput([fromFolderInput('包/main.py')]), { algorithm_id: 'a', name: '' })
    const parts = [...form].map(([name, value]) => [name, value instanceof File ? value.name : value])
    expect(parts).toEqual([
      ['algorithm_id', 'a'],
      ['files', '包/main.py'],
    ])
  })

  test('contains an archive as it is', () => {
    const form = packageForm(readInput([new File(['x'], 'a.zip')]), {})
    expect([...form.keys()]).toEqual(['archive'])
  })
})

describe('what is sent in parts', () => {
  const large = (path: string) => {
    const chosen = fromFolderInput(path)
    Object.defineProperty(chosen, 'size', { value: 9 * 1024 * 1024 })
    return chosen
  }

  test('is a tar of the files if they are large, named as their folder', () => {
    const { inParts, archive } = readInput([large('情感分析/model.bin'), fromFolderInput('情感分析/main.py')])
    expect([inParts?.name, archive]).toEqual(['情感分析.tar', null])
  })

  test('is named as a single file, or without a name if there are several', () => {
    expect(readInput([large('faces.onnx')]).inParts?.name).toBe('faces.tar')
    expect(readInput([large('faces.onnx'), large('main.py')]).inParts?.name).toBe('algorithm.tar')
  })

  test('is the archive itself if that is large, and nothing if the package is small', () => {
    const archive = large('a.zip')
    expect(readInput([archive]).inParts).toBe(archive)
    expect(readInput([fromFolderInput('包/main.py')]).inParts).toBeNull()
  })
})
