import { parse } from 'yaml'
import { z } from 'zod'

/** The longest line for a package that is read, in characters. */
const longestLine = 500

const condaFile = z.looseObject({
  dependencies: z
    .array(z.union([z.string(), z.looseObject({ pip: z.array(z.string()).nullable().optional() })]))
    .nullable(),
})

/** What the packages of conda are called in the index of pip, where that differs. */
const renamed: Readonly<Record<string, string>> = {
  'matplotlib-base': 'matplotlib',
  'msgpack-python': 'msgpack',
  opencv: 'opencv-python-headless',
  'py-opencv': 'opencv-python-headless',
  pytables: 'tables',
  'python-graphviz': 'graphviz',
  pytorch: 'torch',
  'tensorflow-gpu': 'tensorflow',
}

/** Packages of conda that are no libraries of Python, or that every environment has. */
const notOfPip =
  /^(_|lib(?!rosa|sass|cst)|ld_impl|cuda|cudnn|cudatoolkit|nccl|mkl|blas|openblas|intel-openmp|pytorch-(cuda|mutex)|ffmpeg|gcc|gxx|clang|cmake|make|ninja$|git|nodejs|openjdk|openssl|ca-certificates|readline|sqlite$|tk$|xz$|zlib|zstd|bzip2|ncurses|freetype$|jpeg$|glib$|r-|compilers$|sox$|graphviz$|tesseract$|poppler$)/

const always = new Set(['pip', 'setuptools', 'wheel'])

/** What pip can install of an `environment.yml`, and the rest. `python` is the version that it asks for, or a range of them. */
export type CondaDependencies = { lines: string[]; left: string[]; python: string | null }

/** `name=1.2=build` of conda as a line for pip: one `=` is the beginning of a version. */
function lineOf(name: string, version: string): string {
  const known = renamed[name] ?? name
  if (version === '') return known
  const [, sign = '', number = ''] = /^(={1,2})([\w.*]+)/.exec(version) ?? []
  if (sign === '') return `${known}${version.replaceAll(' ', '')}`
  return sign === '==' || number.endsWith('*') ? `${known}==${number}` : `${known}==${number}.*`
}

/**
 * Reads an `environment.yml` of conda. A text that is not one has no dependencies. The parser compares no keys with each other:
 * its time would be the square of their number.
 */
export function condaDependencies(source: string): CondaDependencies {
  const found: CondaDependencies = { lines: [], left: [], python: null }
  let parsed
  try {
    parsed = condaFile.safeParse(parse(source, { maxAliasCount: 10, uniqueKeys: false }))
  } catch (error) {
    if (error instanceof Error) return found
    throw error
  }
  for (const one of parsed.data?.dependencies ?? []) {
    if (typeof one !== 'string') {
      found.lines.push(...(one.pip ?? []))
      continue
    }
    if (one.length > longestLine) continue
    const [, name = '', version = ''] =
      /^(?:[\w./-]+::)?([\w.-]+)\s*(.*)$/s.exec(one.trim().toLowerCase()) ?? []
    // An exact version is followed by the build that conda chose.
    if (name === 'python')
      found.python = version.replace(/^={1,2}\s*([\w.*]+).*$/s, '$1').replaceAll(' ', '') || null
    else if (notOfPip.test(name)) found.left.push(one)
    else if (name !== '' && !always.has(name)) found.lines.push(lineOf(name, version))
  }
  return found
}
