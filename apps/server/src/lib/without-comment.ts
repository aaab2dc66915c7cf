/**
 * A line without the comment at its end, as pip reads it: from a blank and `#` on. Its time is in proportion to the length of the
 * line, also where the line has separators that `.` does not match. Pure.
 */
export function withoutComment(line: string): string {
  const comment = line.search(/\s#/)
  return comment < 0 ? line : line.slice(0, comment)
}
