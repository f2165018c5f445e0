/** The demo application's page. Pure: the calls of the chain in, HTML out. */

/** One call in the chain. */
export interface Call {
  readonly role: string;
  readonly host: string;
  readonly works: boolean;
  readonly tookMs: number;
  readonly says: string;
}

/** One box for each call, in the order of the chain; it asks anew every two seconds. */
export function page(calls: readonly Call[]): string {
  const boxes = calls.map(
    ({ role, host, works, says, tookMs }) => `
    <li class="${works ? 'works' : 'fails'}">
      <strong>${escapeHtml(role)}</strong> ${escapeHtml(says)}
      <small>${escapeHtml(host)}, ${Math.round(tookMs)} ms</small>
    </li>`,
  );
  const whole = calls.every(({ works }) => works);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Demo: ${whole ? 'works' : 'broken'}</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem; color: #222 }
  ol { list-style: none; padding: 0 }
  li { border-left: .5rem solid; padding: .8rem 1rem; margin: 1rem 0; background: #f6f6f6 }
  small { display: block; color: #555 }
  .works { border-color: #2a7d3f } .fails { border-color: #b3261e }
</style>
<h1>${whole ? 'The shop is open' : 'The shop is closed'}</h1>
<p>The web front end calls the application, which calls the database:</p>
<ol>${boxes.join('')}
</ol>
</html>
`;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
