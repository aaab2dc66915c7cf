import { audioViewer } from './media/audio.ts'
import { chartViewer } from './chart/viewer.ts'
import { classificationViewer } from './classification/viewer.ts'
import { detectionViewer } from './detection/viewer.ts'
import { fileViewer } from './media/file.ts'
import { imageViewer } from './media/image.ts'
import { jsonViewer } from './json/viewer.ts'
import { keypointsViewer } from './keypoints/viewer.ts'
import { markdownViewer } from './markdown/viewer.ts'
import { numberViewer } from './number/viewer.ts'
import { segmentationViewer } from './segmentation/viewer.ts'
import { tableViewer } from './table/viewer.ts'
import { textViewer } from './text/viewer.ts'
import { tokensViewer } from './tokens/viewer.ts'
import { tracksViewer } from './tracks/viewer.ts'
import { transcriptViewer } from './transcript/viewer.ts'
import { videoViewer } from './media/video.ts'
import type { Viewer } from './viewer.ts'

const viewers: readonly Viewer[] = [
  classificationViewer,
  detectionViewer,
  keypointsViewer,
  segmentationViewer,
  tokensViewer,
  tracksViewer,
  transcriptViewer,
  textViewer,
  markdownViewer,
  numberViewer,
  tableViewer,
  chartViewer,
  imageViewer,
  audioViewer,
  videoViewer,
  fileViewer,
  jsonViewer,
]

const byKind = new Map(viewers.map((viewer) => [viewer.kind, viewer]))

/** The viewer of a kind of result, if there is one; everything else is shown as a JSON tree. */
export const viewerOf = (kind: string): Viewer | undefined => byKind.get(kind)
