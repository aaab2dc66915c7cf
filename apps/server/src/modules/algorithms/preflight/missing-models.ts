import { posix } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import type { Finding } from '../../sources/finding.ts'
import { mayBeEntry, type PackageReading } from '../recognition/package-reading.ts'
import { say } from '../recognition/plan.ts'
import type { CodeFile } from './code-checker.ts'

/** How much of a line is read, in characters. */
const longestLine = 500
/** How many files a warning names, and how many are read to find what writes them. */
const [namedAtMost, readAtMost] = [5, 200]

/** A file with weights that a line of code names as text: after a bracket, a comma or an equals sign, so no sentence. */
const named =
  /[(,=]\s*(["'])((?:\.\/)?[\w-][\w./ -]{0,200}\.(?:pkl|pickle|joblib|h5|keras|pth?|ckpt|onnx|safetensors|tflite))\1/g
/** Code that fetches files itself, or makes them where it runs. */
const fetches =
  /\b(?:hf_hub_download|snapshot_download|urlretrieve|gdown|wget|boto3|torch\.hub|download_\w+)\b/

const inPattern = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** Whether code writes a file of this name: `joblib.dump(model, 'model.pkl')`, `model.save('m.h5')`, `open('m.pkl', 'wb')`. */
function writes(text: string, name: string): boolean {
  const word = inPattern(name)
  return new RegExp(
    String.raw`(?:dump|save|to_pickle|export)\w{0,100}\([^\n]{0,200}${word}|open\([^\n]{0,200}${word}["']\s*,\s*["']w`,
  ).test(text)
}

/** A script of the package that writes a file of this name. */
async function writerOf(reading: PackageReading, name: string): Promise<string | null> {
  const scripts = reading.files.map(({ path }) => path).filter((path) => /\.(py|ipynb)$/.test(path))
  for (const path of scripts.filter((one) => mayBeEntry(one) || one.endsWith('.ipynb')).slice(0, readAtMost))
    if (writes((await reading.readText(path)) ?? '', name)) return path
  return null
}

function findingOf(file: CodeFile, line: number, wanted: string, writer: string | null): Finding {
  return {
    code: 'preflight.model_file_missing',
    path: file.path,
    line,
    text: say(
      `${file.path} 第 ${line} 行要读 ${wanted}，包里没有它`,
      `${file.path} line ${line} reads ${wanted}, which the package does not have`,
    ),
    follows: say('读它的时候会出错：找不到文件', 'Reading it fails, because there is no such file'),
    mend:
      writer === null
        ? say(
            '把它一起上传，或放进“模型文件”页，在 algorithm.yaml 的 models 里写它',
            'Upload it as well, or put it on the page “Model files” and name it in models of algorithm.yaml',
          )
        : say(
            `${writer} 会生成它：先在你的电脑上运行，再把它一起上传`,
            `${writer} makes it: run that on your computer first, and upload the file as well`,
          ),
  }
}

/**
 * Warnings for files with weights that the code names, that the package does not have and that nothing of it fetches: they
 * are often in no repository. `manifest` says where the program runs, and which model files it gets.
 */
export async function missingModels(
  reading: PackageReading,
  manifest: Manifest,
  started: readonly CodeFile[],
): Promise<Finding[]> {
  const given = new Set((manifest.models ?? []).map(({ path }) => posix.basename(path)))
  const there = new Set(reading.files.map(({ path }) => posix.basename(path)))
  if (started.some(({ text }) => fetches.test(text))) return []
  const told = new Set<string>()
  const findings: Finding[] = []
  for (const file of started)
    for (const [at, line] of file.text.split('\n').entries()) {
      if (line.length > longestLine || /^\s*#/.test(line)) continue
      for (const [, , wanted = ''] of line.matchAll(named)) {
        const name = posix.basename(wanted)
        // A name alone may be put together with a folder.
        if (there.has(name) || given.has(name) || told.has(name)) continue
        if (started.some(({ text }) => writes(text, name))) continue
        told.add(name)
        findings.push(findingOf(file, at + 1, wanted, await writerOf(reading, name)))
      }
    }
  return findings.slice(0, namedAtMost)
}
