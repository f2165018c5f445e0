/** How a mistake in a file is told in the terminal. */

import type { RuleProblem } from '../decide/rule/rule.ts';
import type { Paint } from './table.ts';

/** `file:line:column: what is wrong`, and below what to do. */
export function problemText(
  { file, line, column, rule, message, hint }: RuleProblem,
  paint: Paint,
  mark = '',
): string {
  const where = paint('bold', `${file}:${line}:${column}`);
  const of = rule === undefined ? '' : ` rule ${rule}:`;
  return `${where}:${mark}${of} ${message}\n  ${paint('cyan', hint)}`;
}
