import type { Note } from '../../../sources/package-note.ts'
import { lineAt } from '../launch/text-edit.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import { filesReached } from './find-module.ts'
import type { Requirements } from './requirements.ts'

/** Well-known libraries: the name that code imports, and that of the distribution where it differs. */
const distributions: Readonly<Record<string, string>> = {
  bs4: 'beautifulsoup4',
  catboost: 'catboost',
  cv2: 'opencv-python-headless',
  diffusers: 'diffusers',
  dotenv: 'python-dotenv',
  gensim: 'gensim',
  httpx: 'httpx',
  jieba: 'jieba',
  joblib: 'joblib',
  librosa: 'librosa',
  lightgbm: 'lightgbm',
  matplotlib: 'matplotlib',
  nltk: 'nltk',
  numpy: 'numpy',
  onnxruntime: 'onnxruntime',
  openai: 'openai',
  pandas: 'pandas',
  PIL: 'pillow',
  requests: 'requests',
  scipy: 'scipy',
  sentence_transformers: 'sentence-transformers',
  sklearn: 'scikit-learn',
  soundfile: 'soundfile',
  spacy: 'spacy',
  tensorflow: 'tensorflow',
  torch: 'torch',
  torchvision: 'torchvision',
  transformers: 'transformers',
  ultralytics: 'ultralytics',
  xgboost: 'xgboost',
  yaml: 'pyyaml',
}

/** Other distributions of the same library. */
const same: Readonly<Record<string, RegExp>> = {
  cv2: /^opencv-/,
  onnxruntime: /^onnxruntime-/,
  tensorflow: /^tensorflow-/,
}

/** Libraries that most others need, so that something that is listed probably brings them. */
const basics = new Set([
  'numpy',
  'requests',
  'pyyaml',
  'pillow',
  'scipy',
  'pandas',
  'joblib',
  'matplotlib',
  'httpx',
])
const brought: Readonly<Record<string, readonly string[]>> = {
  ultralytics: ['torch', 'torchvision', 'opencv-python-headless'],
  'sentence-transformers': ['torch', 'transformers', 'scikit-learn'],
  torchvision: ['torch'],
  accelerate: ['torch'],
  easyocr: ['torch', 'torchvision', 'opencv-python-headless'],
  'openai-whisper': ['torch'],
  timm: ['torch', 'torchvision'],
}

const shownAtMost = 10

/**
 * Warnings for well-known libraries that the code of a program imports and that no list of requirements has. Libraries
 * that others usually bring are left out if anything is listed.
 */
export async function unlistedImports(
  reading: PackageReading,
  path: string,
  { names, file }: Requirements,
): Promise<Note[]> {
  const others = new Set([...names].flatMap((name) => brought[name] ?? []))
  const isListed = (library: string, distribution: string) =>
    names.has(distribution) ||
    others.has(distribution) ||
    (basics.has(distribution) && names.size > 0) ||
    [...names].some((name) => same[library]?.test(name))
  const missing = new Map<string, { from: string; at: number }>()
  for (const one of await filesReached(reading, path))
    for (const { module, level, at } of one.imports) {
      const library = module.split('.')[0] ?? ''
      const known = level === 0 && Object.hasOwn(distributions, library)
      if (known && !missing.has(library)) missing.set(library, { from: one.path, at })
    }
  const notes: Note[] = []
  for (const [library, { from, at }] of missing) {
    const distribution = distributions[library] ?? library
    if (isListed(library, distribution)) continue
    const line = lineAt((await reading.readText(from)) ?? '', at)
    const where = file ?? 'requirements.txt'
    const text = say(
      `${from} 第 ${line} 行导入 ${library}，依赖里没有 ${distribution}。请在 ${where} 里加一行 ${distribution}`,
      `${from} line ${line} imports ${library}, but no requirement lists ${distribution}. Add a line ${distribution} to ${where}`,
    )
    notes.push({ code: 'launch.import_unlisted', text, path: from })
  }
  return notes.slice(0, shownAtMost)
}
