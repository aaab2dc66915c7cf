import type { MediaKind } from '@vitrine/contract'
import { mediaKinds } from '@vitrine/contract/choices'
import type { InputKind } from './input-kind.ts'

/** The kind of media that an input takes. */
export type Medium = Extract<InputKind, { type: 'media' }>['medium']

/** Why a file cannot be the input, as a key of `stage.file_problem`. */
export type FileProblem = 'empty' | 'too_large' | 'wrong_type' | 'damaged'

/**
 * The facts about a file before it is read: its name, its size, and the type that the browser derives from the name.
 */
type GivenFile = Pick<File, 'name' | 'size' | 'type'>
/** What the platform found in the content of a file. */
type FoundContent = { kind: MediaKind; mime: string }

/** Algorithms that listen take the sound of a video too. */
const fitting: Record<Medium, readonly string[]> = {
  image: ['image'],
  audio: ['audio', 'video'],
  video: ['video'],
  file: mediaKinds,
}

/** Types below `application/` that are certainly no picture, sound or video. Others may be a rare format of one. */
const documents =
  /^application\/.*(pdf|zip|gzip|compressed|json|xml|javascript|yaml|word|excel|powerpoint|officedocument|opendocument|rtf|sql|tar|rar|python|shellscript|x-sh|msdos|msdownload)/

const groupOf = (type: string): string => type.split('/')[0] ?? ''

/** Whether a type surely belongs to something else. A type that is not known may be a format of this medium. */
const isOther = (medium: Medium, type: string): boolean => {
  if (medium === 'file') return false
  const group = groupOf(type)
  if (['image', 'audio', 'video', 'text', 'font'].includes(group)) return !fitting[medium].includes(group)
  return documents.test(type)
}

/** The problem of a file before it is sent: its size, or the type that its name states. Null if there is none. */
export const problemBefore = (medium: Medium, file: GivenFile, mostBytes: number): FileProblem | null => {
  if (file.size === 0) return 'empty'
  if (isOther(medium, file.type)) return 'wrong_type'
  return file.size > mostBytes ? 'too_large' : null
}

/**
 * What is wrong with the content of a file that the platform has stored. A file of an unknown format is accepted, unless its
 * name promises one of this medium: then it is damaged. SVG has no signature, so it is never known by its content.
 */
export const problemAfter = (medium: Medium, file: GivenFile, found: FoundContent): FileProblem | null => {
  if (medium === 'file' || fitting[medium].includes(found.kind)) return null
  if (file.type === 'image/svg+xml') return null
  if (fitting[medium].includes(groupOf(file.type))) return mayBeMedia(medium, found) ? null : 'damaged'
  return isOther(medium, found.mime) ? 'wrong_type' : null
}

/** Some containers of sound and video do not say what they hold. */
const mayBeMedia = (medium: Medium, { mime }: FoundContent): boolean =>
  medium !== 'image' && ['application/ogg', 'application/mxf', 'application/vnd.ms-asf'].includes(mime)
