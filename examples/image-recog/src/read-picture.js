import sharp from 'sharp'

/**
 * The longest side that the models get, in pixels. Larger pictures are reduced, but boxes are given in pixels
 * of the original.
 */
const longestSide = 1280
/** Pictures with more pixels than this are refused before they are decoded. */
const mostPixels = 100_000_000
const readable = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'])

/**
 * Decodes a picture upright (by its EXIF orientation, as browsers show it) into RGB bytes.
 * @param {string} path
 * @returns {Promise<{ pixels: Uint8Array, width: number, height: number, enlargement: number }>}
 *   `enlargement` times a length here is the length in the original
 * @throws {Error} if the file is no picture of a known format, is damaged, or is too large
 */
export async function readPicture(path) {
  const picture = sharp(path, { limitInputPixels: mostPixels })
  const { format, autoOrient } = await picture.metadata().catch(cannotDecode)
  if (!readable.has(format))
    throw new Error(`不支持的图片格式 ${format} (this picture format is not supported)`)
  const { data, info } = await picture
    .autoOrient()
    .resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(cannotDecode)
  return { pixels: data, width: info.width, height: info.height, enlargement: autoOrient.width / info.width }
}

function cannotDecode(error) {
  throw new Error(`图片无法解码 (the picture cannot be decoded): ${error.message}`, { cause: error })
}
