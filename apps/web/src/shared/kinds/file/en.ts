export default {
  name: 'File',
  save: 'Save the file ({mime})',
}
