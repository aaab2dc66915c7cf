export default {
  name: 'File',
  save: 'Download the file ({mime})',
}
