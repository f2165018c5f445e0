/** Problems, each with what to do about it. */

import type { Problem } from '../../model.ts';
import { type Html, html, when } from './html.ts';
import { symbol } from './marks.ts';

/** More than this are folded away, so that the services stay in sight. */
const mostOpen = 4;

/** A section with all of them; an empty one where there are none. `linked`: say to which service each belongs. */
export function problemList(problems: readonly Problem[], { linked }: { readonly linked: boolean }): Html {
  if (problems.length === 0) return html`<section id="problems"></section>`;
  const items = problems.map((problem) => item(problem, linked));
  const title = problems.length === 1 ? 'A problem to mend' : `${problems.length} problems to mend`;
  return html`<section id="problems" aria-labelledby="problems-title">
<h2 id="problems-title">${title}</h2>
<ul class="problems">${items.slice(0, mostOpen)}</ul>
${when(
  items.length > mostOpen,
  () =>
    html`<details id="more-problems"><summary>${items.length - mostOpen} more</summary><ul class="problems">${items.slice(mostOpen)}</ul></details>`,
)}
</section>`;
}

function item({ message, hint, service }: Problem, linked: boolean): Html {
  return html`<li>${symbol('warn')}<div><p>${
    linked && service !== undefined
      ? html`<a href="/services/${encodeURIComponent(service)}">${service}</a>: `
      : undefined
  }${withCode(message)}</p><p class="hint">${withCode(hint)}</p></div></li>`;
}

/** What stands between backticks is shown as code. */
function withCode(text: string): readonly Html[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
