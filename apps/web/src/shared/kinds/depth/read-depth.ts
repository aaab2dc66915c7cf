import type { ResultData } from '@vitrine/contract/results'
import { resultMediaUrl, type AssetAddress } from '../../viewers/media-source.ts'
import { rangeOf, type DepthMap } from './depth-map.ts'

type Data = ResultData<'depth'>
type Grid = Pick<DepthMap, 'width' | 'height' | 'values'>

/** Why a depth map cannot be drawn. */
export class DepthUnreadable extends Error {
  readonly reason: 'address' | 'missing' | 'form'
  constructor(reason: DepthUnreadable['reason']) {
    super(reason)
    this.reason = reason
  }
}

/**
 * Reads a depth map from its rows or its PNG. Throws `DepthUnreadable` for an unsafe address, a PNG that
 * cannot be loaded, and one that is not a depth map.
 */
export const readDepth = async (data: Data, address: AssetAddress): Promise<DepthMap> => {
  const { map, unit, inverse = false } = data
  const grid = Array.isArray(map)
    ? gridOfRows(map)
    : await gridOfPng(await bytesOf(typeof map === 'string' ? map : map.url, address), data.scale ?? 1)
  const own = rangeOf(grid.values)
  return {
    ...grid,
    unit: unit ?? null,
    inverse,
    range: { min: data.min ?? own.min, max: data.max ?? own.max },
  }
}

/** The same for callers that do not need the reason. Null for a map that cannot be read. */
export const depthOrNull = async (data: Data, address: AssetAddress): Promise<DepthMap | null> => {
  try {
    return await readDepth(data, address)
  } catch (error) {
    if (error instanceof DepthUnreadable) return null
    throw error
  }
}

const gridOfRows = (rows: readonly (readonly (number | null)[])[]): Grid => {
  const width = rows[0]?.length ?? 0
  const values = new Float32Array(width * rows.length)
  rows.forEach((row, y) => row.forEach((value, x) => (values[y * width + x] = value ?? Number.NaN)))
  return { width, height: rows.length, values }
}

/** A browser's canvas has 8 bits for each channel, so a PNG with 16 bits must be decoded here. */
const gridOfPng = async (bytes: Uint8Array, scale: number): Promise<Grid> => {
  const { decode } = await import('fast-png')
  if (pixelsOf(bytes) > mostPixels) throw new DepthUnreadable('form')
  const { width, height, data, channels, depth, palette } = decoded(() => decode(bytes))
  if (palette !== undefined || channels > 2 || depth < 8) throw new DepthUnreadable('form')
  const values = new Float32Array(width * height)
  for (let pixel = 0; pixel < values.length; pixel++) {
    const number = data[pixel * channels] ?? 0
    values[pixel] = number === 0 ? Number.NaN : number * scale
  }
  return { width, height, values }
}

/** More than an 8K picture has. */
const mostPixels = 64 * 1024 * 1024
/** The number of pixels in the header of a PNG, read before memory is allocated for them. */
const pixelsOf = (bytes: Uint8Array): number => {
  if (bytes.length < 24) throw new DepthUnreadable('form')
  const head = new DataView(bytes.buffer, bytes.byteOffset)
  return head.getUint32(16) * head.getUint32(20)
}

const decoded = <Picture>(decode: () => Picture): Picture => {
  try {
    return decode()
  } catch {
    throw new DepthUnreadable('form')
  }
}

/** A PNG in base64 begins with this. */
const base64 = /^(?:data:image\/png;base64,)?(iVBORw0KGgo[\w+/=\s]*)$/

const bytesOf = async (map: string, address: AssetAddress): Promise<Uint8Array> => {
  const [, inline] = base64.exec(map) ?? []
  if (inline !== undefined)
    return Uint8Array.from(
      decoded(() => atob(inline)),
      (letter) => letter.charCodeAt(0),
    )
  const url = resultMediaUrl(map, address)
  // The page's security policy lets it read bytes only from its own server.
  if (url?.startsWith('/') !== true) throw new DepthUnreadable('address')
  const answer = await fetch(url, { credentials: 'same-origin' }).catch(() => null)
  if (answer === null || !answer.ok) throw new DepthUnreadable('missing')
  return new Uint8Array(await answer.arrayBuffer())
}
