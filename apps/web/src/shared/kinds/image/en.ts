export default {
  name: 'Picture',
}
