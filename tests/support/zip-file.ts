import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of a zip file. The defaults are what a well-behaved Unix program writes. */
export type ZipEntry = {
  name: string | Buffer
  content?: string | Buffer
  /** Unix mode with its type bits. */
  mode?: number
  /** General purpose flags; bit 11 means UTF-8, bit 0 encrypted. */
  flags?: number
  extra?: Buffer
  /** Use the bytes of the entry with this index instead of its own. */
  sharesBytesOf?: number
  /** Write this checksum instead of the real one. */
  crc?: number
}

const emptyDeflate = deflateRawSync('')

type Placed = { entry: ZipEntry; name: Buffer; packed: Buffer; size: number; crc: number; offset: number }

function header(place: Placed, central: boolean): Buffer {
  const { entry, name, packed, size, crc } = place
  const head = Buffer.alloc(central ? 46 : 30)
  let at = head.writeUInt32LE(central ? 0x02014b50 : 0x04034b50, 0)
  if (central) at = head.writeUInt16LE((3 << 8) | 20, at)
  at = head.writeUInt16LE(20, at)
  at = head.writeUInt16LE(entry.flags ?? 0x800, at)
  at = head.writeUInt16LE(8, at)
  at = head.writeUInt32LE(0x21, at)
  at = head.writeUInt32LE(entry.crc ?? crc, at)
  at = head.writeUInt32LE(packed.length, at)
  at = head.writeUInt32LE(size, at)
  at = head.writeUInt16LE(name.length, at)
  head.writeUInt16LE(entry.extra?.length ?? 0, at)
  if (central) {
    head.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38)
    head.writeUInt32LE(place.offset, 42)
  }
  return Buffer.concat([head, name, entry.extra ?? Buffer.alloc(0)])
}

/** Builds a zip file with these entries, which may be malformed on purpose. Format: PKWARE's APPNOTE 6.3. */
export function zipFile(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const placed: Placed[] = []
  let offset = 0
  for (const entry of entries) {
    const shared = entry.sharesBytesOf === undefined ? undefined : placed[entry.sharesBytesOf]
    const content = Buffer.from(entry.content ?? '')
    const own = {
      packed: content.length > 0 ? deflateRawSync(content) : emptyDeflate,
      size: content.length,
      crc: crc32(content),
      offset,
    }
    const place = { ...(shared ?? own), entry, name: Buffer.from(entry.name) }
    placed.push(place)
    if (shared) continue
    const local = Buffer.concat([header(place, false), place.packed])
    parts.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(placed.map((place) => header(place, true)))
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(placed.length, 8)
  end.writeUInt16LE(placed.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, directory, end])
}
