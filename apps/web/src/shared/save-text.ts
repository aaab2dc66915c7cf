/** Downloads the content of an address (of a blob, a data URL, or our own) as a file; without a name, by the one that it has. */
export const saveAddress = (fileName: string, address: string): void => {
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
}

/** Downloads a text as a file. */
export const saveText = (fileName: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  saveAddress(fileName, address)
  // The browser reads the address after the click returns.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
