/**
 * Measures the quality that algorithm.yaml states, on every labelled picture and its mirror image. Run: `npm
 * run measure`.
 */
import { readFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { predict, setup } from '../index.js'
import { overlap } from '../src/boxes.js'
import { words } from '../src/words.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/**
 * A found box with at least this overlap counts as the labelled one. The value for faces is lower, because
 * people disagree about where a face ends.
 */
const leastOverlap = { person: 0.5, face: 0.4, hand: 1 }

/**
 * @returns {Promise<Record<'person' | 'face' | 'hand', { present: number, found: number, wrong: number }> & { pictures: number }>}
 *   how many are in the pictures, how many of them were found, and how many boxes show none
 */
export async function measure() {
  const { pictures } = JSON.parse(await readFile(join(root, 'held-out/labels.json'), 'utf8'))
  const counts = { person: tally(), face: tally(), hand: tally() }
  const folder = await mkdtemp(join(tmpdir(), 'image-recog-'))
  try {
    for (const { file, people, faces, ignore = [] } of pictures) {
      const picture = join(root, file)
      const mirrored = join(folder, 'mirrored.png')
      const { width } = await sharp(picture).flop().toFile(mirrored)
      const flip = ([xmin, ymin, xmax, ymax]) => [width - xmax, ymin, width - xmin, ymax]
      await count(counts, picture, { person: people, face: faces, hand: [] }, ignore)
      const flipped = { person: people.map(flip), face: faces.map(flip), hand: [] }
      await count(counts, mirrored, flipped, ignore.map(flip))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return { ...counts, pictures: 2 * pictures.length }
}

async function count(counts, picture, labelled, ignored) {
  const context = { progress: () => {}, signal: new AbortController().signal }
  const [[boxes]] = await predict([picture], {}, context)
  for (const [label, tally] of Object.entries(counts)) {
    const missing = labelled[label].map(toBox)
    tally.present += missing.length
    for (const { box } of boxes.data.filter((found) => found.label === words[label])) {
      const match = missing.findIndex((other) => overlap(other, box) >= leastOverlap[label])
      if (match >= 0) {
        missing.splice(match, 1)
        tally.found++
      } else if (!ignored.map(toBox).some((area) => liesIn(box, area))) tally.wrong++
    }
  }
}

const tally = () => ({ present: 0, found: 0, wrong: 0 })
const toBox = ([xmin, ymin, xmax, ymax]) => ({ xmin, ymin, xmax, ymax })
const liesIn = (box, area) => {
  const [x, y] = [(box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2]
  return x >= area.xmin && x <= area.xmax && y >= area.ymin && y <= area.ymax
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup()
  console.log(JSON.stringify(await measure()))
}
