const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u32 = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4)
  return bytes
}
const box = (type: string, ...content: readonly Buffer[]): Buffer => {
  const all = Buffer.concat([Buffer.from(type, 'latin1'), ...content])
  return Buffer.concat([u32(all.length + 4), all])
}
const zeros = (bytes: number) => Buffer.alloc(bytes)
const matrix = u32(0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000)

/**
 * A QuickTime file (ISO/IEC 14496-12) of motion JPEG in which `times` frames are the same few pictures again and again: each frame takes
 * eight bytes, since its entry may name bytes that another one names as well.
 */
export function repeatedFrames(
  pictures: readonly Buffer[],
  { times, width, height }: { times: number; width: number; height: number },
): Buffer {
  const type = box('ftyp', Buffer.from('qt  '), u32(0), Buffer.from('qt  '))
  const places = pictures.map(
    (_picture, at) => type.length + 8 + pictures.slice(0, at).reduce((sum, { length }) => sum + length, 0),
  )
  const shown = Array.from({ length: times }, (_, frame) => frame % pictures.length)
  const format = box(
    'jpeg',
    ...[zeros(6), u16(1), zeros(16), u16(width), u16(height), u32(0x48_0000, 0x48_0000, 0)],
    ...[u16(1), zeros(32), u16(24), u16(0xffff)],
  )
  const frames = box(
    'stbl',
    box('stsd', u32(0, 1), format),
    box('stts', u32(0, 1, times, 1)),
    box('stsc', u32(0, 1, 1, 1, 1)),
    box('stsz', u32(0, 0, times, ...shown.map((one) => pictures[one]?.length ?? 0))),
    box('stco', u32(0, times, ...shown.map((one) => places[one] ?? 0))),
  )
  const media = box(
    'mdia',
    box('mdhd', u32(0, 0, 0, 25, times, 0)),
    box('hdlr', u32(0, 0), Buffer.from('vide'), zeros(13)),
    box(
      'minf',
      box('vmhd', u32(1), zeros(8)),
      box('dinf', box('dref', u32(0, 1), box('url ', u32(1)))),
      frames,
    ),
  )
  const track = box(
    'trak',
    box('tkhd', u32(7, 0, 0, 1, 0, times), zeros(16), matrix, u32(width << 16, height << 16)),
    media,
  )
  const about = box(
    'mvhd',
    u32(0, 0, 0, 25, times, 0x1_0000),
    u16(0x100),
    zeros(10),
    matrix,
    zeros(24),
    u32(2),
  )
  return Buffer.concat([type, box('mdat', ...pictures), box('moov', about, track)])
}
