export default {
  name: 'Audio',
}
