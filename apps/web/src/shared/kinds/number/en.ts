export default {
  name: 'Number',
}
