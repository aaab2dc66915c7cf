/** A pointer of Git LFS is a text of three lines: shorter than this, in bytes (git-lfs, docs/spec.md). */
export const pointerAtMost = 1024

/** How every pointer begins. */
export const pointerBeginning = 'version https://git-lfs.github.com/spec/v1'

const pointer =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\noid sha256:([0-9a-f]{64})\r?\nsize (\d{1,15})\r?\n?$/

/** The file that a pointer of Git LFS names. Null if the text is not a pointer. Pure. */
export function pointerIn(text: string): { sha256: string; size: number } | null {
  const [, sha256, size] = pointer.exec(text) ?? []
  return sha256 === undefined ? null : { sha256, size: Number(size) }
}

/** The texts that a pointer to a file can have: how its lines end depends on who wrote it. Pure. */
export function pointersTo({ sha256, size }: { sha256: string; size: number }): string[] {
  const lines = [pointerBeginning, `oid sha256:${sha256}`, `size ${size}`]
  return ['\n', '\r\n'].flatMap((end) => [`${lines.join(end)}${end}`, lines.join(end)])
}
