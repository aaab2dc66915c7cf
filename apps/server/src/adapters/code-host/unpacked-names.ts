/** Control characters, and what Windows reads as the end of a folder's name or as a drive. */
const readOtherwise = /[\p{Cc}\\]|(?:^|\/)[A-Za-z]:/u
/** A name that stands for its own folder or the one above. Windows leaves out dots and spaces at the end of names. */
const standsForFolder = /^[. ]*$/

/**
 * Whether a file of an archive is unpacked below its folder on every machine. Linux and git allow names such as
 * `..\..\evil` and `C:x`, which other machines take for paths. Pure.
 */
export const staysInFolder = (path: string): boolean =>
  !readOtherwise.test(path) && !path.split('/').some((part) => standsForFolder.test(part))
