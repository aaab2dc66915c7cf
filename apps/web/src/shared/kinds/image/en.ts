export default {
  name: 'Image',
}
