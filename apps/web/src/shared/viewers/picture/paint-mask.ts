import { strengthsOf, type Mask } from './mask.ts'

/** Paints a mask in one colour on a transparent background. Rejects if its picture cannot be read. */
export const paintMask = async (mask: Mask, colour: string): Promise<HTMLCanvasElement> => {
  const source = mask.type === 'bits' ? null : await loadPicture(mask.url)
  const { width, height } =
    mask.type === 'bits'
      ? mask.mask
      : { width: source?.naturalWidth ?? 1, height: source?.naturalHeight ?? 1 }
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser draws no pictures')
  if (source !== null) context.drawImage(source, 0, 0)
  const picture = context.getImageData(0, 0, width, height)
  const strengths = mask.type === 'bits' ? mask.mask.bits.map((bit) => bit * 255) : strengthsOf(picture.data)
  const [red, green, blue] = partsOf(colour)
  strengths.forEach((strength, pixel) => picture.data.set([red, green, blue, strength], pixel * 4))
  context.putImageData(picture, 0, 0)
  return canvas
}

const partsOf = (colour: string): [number, number, number] => {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

const loadPicture = async (url: string): Promise<HTMLImageElement> => {
  const picture = new Image()
  // The pixels of another server's picture can only be read if that server allows it.
  picture.crossOrigin = 'anonymous'
  picture.src = url
  await picture.decode()
  return picture
}
