export default {
  name: 'Data',
}
