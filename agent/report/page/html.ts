/** HTML by template: every value is escaped, unless it is HTML made here itself. So nothing from outside can become markup. */

/** A piece of finished HTML; only `html` makes it. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Html };

type Value = Html | string | number | undefined | readonly Value[];

/** Tagged template. Lists are joined, undefined is nothing, all else is escaped, for text and for quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const text = parts
    .map((part, index) => part + (index < values.length ? render(values[index]) : ''))
    .join('');
  return new Html(text);
}

/** The first piece where the condition holds, else the second, else nothing. */
export function when(condition: boolean, piece: () => Html, otherwise?: () => Html): Html | undefined {
  return condition ? piece() : otherwise?.();
}

function render(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
