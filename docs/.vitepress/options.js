/** Keeps options of the command line in one piece, as `--mean` in running text. */
export function keepOptions(md) {
  const render = md.renderer.rules.code_inline;
  md.renderer.rules.code_inline = (...given) =>
    render(...given).replace(/(?<=[> ])--?[a-z][\w-]*/g, '<span class="option">$&</span>');
}
