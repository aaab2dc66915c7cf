import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import multipart from '@fastify/multipart'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { uploadForm, type AlgorithmFromUpload } from '@vitrine/contract'
import { hasCode } from '../../lib/code-of-error.ts'
import { partsOf, readingForm } from '../../http/forms.ts'
import type { AppError } from '../../lib/errors.ts'
import { fieldRefusal, unknownInForm } from '../../lib/invalid-request.errors.ts'
import { parseAs } from '../../http/validation.ts'
import { addLines } from './add-lines.ts'
import { leaveOutIgnored, type IgnoredIn } from './ignored-files.ts'
import { packageRoot, stemOf } from './package-folder.ts'
import type { Finding } from './finding.ts'
import { createPackageWriter, watched, type PackageWriter } from './package-writer.ts'
import { tooManyFiles, uploadEmpty, uploadTooLarge } from './sources.errors.ts'
import { unpackArchive } from './unpack-archive.ts'
import type { UploadLimits } from './upload-limits.ts'

/** A package on disk, available only while it is being read. */
export type ReceivedPackage = {
  /** The package itself, without a common top folder. */
  folder: string
  /** The sender's name for it: the name of its top folder, its archive or its single file. */
  givenName: string
  findings: Finding[]
}

/** A received upload with the other fields of the form. */
export type ReceivedUpload = ReceivedPackage & {
  algorithmId?: string
  name?: string
  /** Of files that were sent one by one: the folder with their whole paths, also where all are in one folder. */
  wholeFolder?: string
}

/** The folder for uploads while they are read, and their limits. */
export type UploadSettings = { uploadsFolder: string; limits: UploadLimits; ignoredIn: IgnoredIn }

const fileFields = ['files', 'archive']
const formFields = [...fileFields, ...Object.keys(uploadForm.shape)]
const fieldBytes = 4096
const fieldsAtMost = 20
/** After so many parts of a form, other requests have their turn. */
const partsAtOnce = 50

/** Lets the routes of this scope receive multipart bodies. Must be awaited before the routes are added. */
export async function acceptUploads(scope: FastifyInstance, limits: UploadLimits): Promise<void> {
  await scope.register(multipart, {
    preservePath: true,
    defCharset: 'utf8',
    throwFileSizeLimit: false,
    limits: {
      fileSize: limits.uploadBytes,
      // Not as many as an archive may have: each part is a stream of its own. Larger folders come as archives.
      files: limits.files,
      parts: limits.files + fieldsAtMost,
      fields: fieldsAtMost,
      fieldSize: fieldBytes,
    },
  })
}

/** Runs work with a new folder for one upload. The folder is always removed afterwards. */
export async function inUploadFolder<T>(
  uploadsFolder: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(uploadsFolder, randomUUID())
  // git's account passes through it to the package. Nobody else knows its name.
  await mkdir(folder, { recursive: true, mode: 0o711 })
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const namedAtMost = 50

function leftOut(paths: readonly string[]): Finding[] {
  const code = 'package.left_out'
  const findings: Finding[] = paths.slice(0, namedAtMost).map((path) => ({
    code,
    path,
    text: { zh: `已跳过 ${path}`, en: `${path} was skipped` },
  }))
  const more = paths.length - findings.length
  if (more > 0)
    findings.push({ code, text: { zh: `另外跳过了 ${more} 项`, en: `${more} more items were skipped` } })
  return findings
}

/** Leaves out what the package itself does not want, finds where it begins, and notes what was left out. */
export async function finishPackage(
  folder: string,
  { writer, ignoredIn }: { writer: PackageWriter; ignoredIn: IgnoredIn },
  fallbackName: string,
): Promise<ReceivedPackage> {
  if (writer.fileCount === 0) throw uploadEmpty({})
  const ignored = await leaveOutIgnored(folder, ignoredIn)
  const root = await packageRoot(folder)
  const findings = [...leftOut([...writer.dropped].toSorted()), ...ignored]
  return { folder: root.folder, givenName: root.name ?? fallbackName, findings }
}

type Form = {
  fields: Map<string, unknown>
  archive: { file: string; name: string } | null
  fileNames: string[]
}

/** The refusal of a file in a field that takes no files. */
const misplacedFile = (field: string): AppError =>
  formFields.includes(field)
    ? fieldRefusal(field, 'field.type', { expected: 'string' })
    : unknownInForm([field], formFields)

async function storePart(
  part: MultipartFile,
  form: Form,
  place: { folder: string; writer: PackageWriter; count: (chunk: Buffer) => void },
): Promise<void> {
  const { fieldname, filename, file } = part
  const content = watched(place.count)(file)
  if (fieldname === 'archive') {
    if (form.archive) throw fieldRefusal('archive', 'field.one_only')
    form.archive = { file: join(place.folder, 'archive'), name: filename }
    await pipeline(content, createWriteStream(form.archive.file, { flags: 'wx', mode: 0o600 }))
    return
  }
  if (fieldname !== 'files') throw misplacedFile(fieldname)
  const path = place.writer.place(filename, 'file')
  if (path === null) {
    for await (const chunk of content) void chunk
    return
  }
  form.fileNames.push(path)
  await place.writer.writeFile(path, content)
}

function storeField(part: MultipartValue, form: Form): void {
  const { fieldname: name } = part
  if (part.valueTruncated) throw fieldRefusal(name, 'field.too_long', { expected: fieldBytes })
  if (fileFields.includes(name)) throw fieldRefusal(name, 'field.file')
  if (form.fields.has(name)) throw fieldRefusal(name, 'field.one_only')
  form.fields.set(name, part.value)
}

/** Turns an error of the multipart parser about its limits into our own. */
function overLimit(error: unknown, limits: UploadLimits): unknown {
  const isOver = hasCode(error, 'FST_FILES_LIMIT', 'FST_PARTS_LIMIT')
  return isOver ? tooManyFiles({ limit: limits.files }) : error
}

async function readForm(
  request: FastifyRequest,
  folder: string,
  limits: UploadLimits,
  writer: PackageWriter,
): Promise<Form> {
  const form: Form = { fields: new Map(), archive: null, fileNames: [] }
  let received = 0
  const count = (chunk: Buffer) => {
    received += chunk.length
    if (received > limits.uploadBytes) throw uploadTooLarge({ limit_bytes: limits.uploadBytes })
  }
  let parts = 0
  try {
    for await (const part of partsOf(request)) {
      if (part.type === 'file') await storePart(part, form, { folder, writer, count })
      else storeField(part, form)
      // Empty ones come by the hundred in one piece of the body.
      parts += 1
      if (parts % partsAtOnce === 0) await setImmediate()
    }
  } catch (error) {
    throw overLimit(error, limits)
  }
  if (form.archive && form.fileNames.length > 0)
    throw fieldRefusal('archive', 'field.not_with', { other: 'files' })
  return form
}

/** The content of a form: files, or the id of a finished resumable upload. */
type Received = { upload: ReceivedUpload } | { arrived: AlgorithmFromUpload }

async function receive(
  request: FastifyRequest,
  folder: string,
  { limits, ignoredIn }: UploadSettings,
): Promise<Received> {
  if (Number(request.headers['content-length'] ?? 0) > limits.uploadBytes)
    throw uploadTooLarge({ limit_bytes: limits.uploadBytes })
  const content = join(folder, 'content')
  await mkdir(content)
  const writer = createPackageWriter(content, limits)
  const form = await readForm(request, folder, limits, writer)
  const unknown = [...form.fields.keys()].filter((name) => !formFields.includes(name))
  if (unknown.length > 0) throw unknownInForm(unknown, formFields)
  const { upload_id: uploadId, ...given } = parseAs(uploadForm, Object.fromEntries(form.fields))
  if (uploadId !== undefined) {
    const other = form.archive ? 'archive' : 'files'
    if (form.archive || writer.fileCount > 0) throw fieldRefusal('upload_id', 'field.not_with', { other })
    return { arrived: { ...given, upload_id: uploadId } }
  }
  if (form.archive) await unpackArchive(form.archive.file, { name: form.archive.name, writer, limits })
  const fallback = stemOf(
    form.archive?.name ?? (form.fileNames.length === 1 ? (form.fileNames[0] ?? '') : ''),
  )
  const { algorithm_id: algorithmId, name, additions = [] } = given
  const received = await finishPackage(content, { writer, ignoredIn }, fallback)
  await addLines(received.folder, additions, limits)
  return { upload: { ...received, algorithmId, name, ...(!form.archive && { wholeFolder: content }) } }
}

/**
 * Receives a form (`files` with relative names or one `archive`; `algorithm_id`, `name`, `additions`) onto disk, gives it
 * to `use`, and always removes it. A form with an `upload_id` instead of files goes to `useArrived`. Throws
 * `request.invalid` and `upload.…` errors. The rest of a refused body is read and dropped, so that the sender
 * can read the answer.
 */
export function withUpload<T>(
  request: FastifyRequest,
  settings: UploadSettings,
  use: (upload: ReceivedUpload) => Promise<T>,
  useArrived: (given: AlgorithmFromUpload) => Promise<T>,
): Promise<T> {
  return inUploadFolder(settings.uploadsFolder, async (folder) => {
    const received = await readingForm(request, () => receive(request, folder, settings))
    return 'upload' in received ? use(received.upload) : useArrived(received.arrived)
  })
}
