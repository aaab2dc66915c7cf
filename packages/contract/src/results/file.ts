import { media } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** A file of any type. */
export const file = resultKind({
  data: media,
  foreign: 'file',
  gradio: { components: ['File', 'UploadButton', 'DownloadButton', 'Model3D'] },
})
