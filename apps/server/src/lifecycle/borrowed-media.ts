import { createHash } from 'node:crypto'
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, normalize, sep } from 'node:path'
import { json, language } from '@vitrine/contract'
import { parseDocument, YAMLSeq } from 'yaml'
import { z } from 'zod'
import { ifThere } from '../lib/if-there.ts'

/**
 * Demo inputs that may not be shipped with an example, but that a certain system package installs.
 * `borrowed.json` in the example's folder lists them with the examples that use them and their names in other
 * languages.
 */
const borrowedMedia = z.object({
  files: z.array(
    z.object({
      file: z.string().refine((name) => !normalize(name).split(sep).includes('..'), 'leaves the package'),
      from: z.string().startsWith('/'),
      sha256: z.string(),
      examples: z.array(
        z.object({
          name: z.string(),
          translations: z.partialRecord(language, z.string()),
          parameters: z.record(z.string(), json),
        }),
      ),
    }),
  ),
})
type BorrowedFile = z.infer<typeof borrowedMedia>['files'][number]

/**
 * Passes an example's folder to `use`: the folder itself, or a copy with those borrowed demo inputs that this
 * machine has. The copy is removed when `use` is done.
 */
export async function withBorrowedMedia<Result>(
  folder: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const present = await borrowedFilesHere(folder)
  if (present.length === 0) return use(folder)
  const temporary = await mkdtemp(join(tmpdir(), 'vitrine-example-'))
  try {
    const copy = join(temporary, basename(folder))
    await cp(folder, copy, { recursive: true })
    for (const { from, file } of present) await copyFile(from, join(copy, file))
    await addExamples(join(copy, 'algorithm.yaml'), present)
    return await use(copy)
  } finally {
    await rm(temporary, { recursive: true })
  }
}

/** Returns the names of the borrowed demo inputs that this machine has, as files of the package. */
export const borrowedNames = async (folder: string): Promise<string[]> =>
  (await borrowedFilesHere(folder)).map(({ file }) => file)

async function borrowedFilesHere(folder: string): Promise<BorrowedFile[]> {
  const text = await ifThere(readFile(join(folder, 'borrowed.json')))
  if (text === null) return []
  const { files } = borrowedMedia.parse(JSON.parse(text.toString()))
  const contents = await Promise.all(files.map(({ from }) => ifThere(readFile(from))))
  return files.filter(({ sha256 }, index) => {
    const content = contents[index]
    return content && createHash('sha256').update(content).digest('hex') === sha256
  })
}

/** Puts the examples with borrowed files first, because they make the better first impression. */
async function addExamples(path: string, files: readonly BorrowedFile[]): Promise<void> {
  const document = parseDocument(await readFile(path, 'utf8'))
  const examples = document.get('examples')
  const added = files.flatMap(({ file, examples: list }) =>
    list.map(({ translations, ...example }) => {
      for (const [spoken, name] of Object.entries(translations))
        document.setIn(['translations', spoken, example.name], name)
      return document.createNode({ ...example, input_data: [file] })
    }),
  )
  if (examples instanceof YAMLSeq) examples.items.unshift(...added)
  else document.set('examples', added)
  await writeFile(path, document.toString())
}
