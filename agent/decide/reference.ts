/** The reference of rules for people, made from the very tables that rules are checked against. */

import type { Json } from '../model.ts';
import { otherFacts, serviceFields } from './catalogue.ts';
import { type Operator, ownOperators, standardOperators } from './rule/operators.ts';

/** The text of `rules/README.md`. */
export function renderRulesReference(): string {
  return `${[
    introduction,
    '## Operators of MSA',
    operatorTable(ownOperators),
    '## Operators of JSON Logic',
    'These, and no others: what is not listed is refused when the rules are loaded.',
    operatorTable(standardOperators),
    '## Facts',
    facts,
    factTable(),
    '## Unknown',
    unknown,
    '## Order',
    order,
    '## Effects',
    effects,
  ].join('\n\n')}\n`;
}

const introduction = `# Rules

<!-- Made from the code by \`npm run generate\`; change agent/decide, not this file. -->

A rule says: **if** this is so, **then** do that, **else** the other. Rules stand in files, \`*.json\` in this folder; comments are allowed, and \`schema.json\` lets an editor complete and check them. The whole set is taken, or none of it: \`msa validate rules/\` says what is wrong, where, and what to do.

\`\`\`jsonc
{
  "$schema": "./schema.json",
  "version": 7,                                    // the highest version leads
  "rules": [
    {
      "name": "db-failover",                       // its own, in the whole set
      "description": "The database fails over to this region.",
      "regions": ["east"],                         // where it applies; left out: everywhere
      "order": 100,                                // later ones have the last word; left out: 0
      "if": { "and": [{ "!": { "up": "west/db" } }, { "up": "db" }, { "!": { "has": ["db", "write"] } }] },
      "for": "20s",                                // must stay true that long
      "unknown": "hold",                           // or "then", "else": what an unknown answer does
      "guard": true,                               // false: it may take the last region of a service out
      "then": { "webhook": { "url": "http://db/failover", "method": "POST" }, "message": "taking the database over" }
    }
  ]
}
\`\`\`

A service is named \`db\` (here), \`west/db\` (there) or \`*/db\` (in every region that has it).`;

const facts = `\`var\` and \`{{…}}\` in messages read facts by these names. Of a service elsewhere, put its region before: \`west/db.state\`. Where a region is lost its services are surely down; where it is silent they are unknown.`;

const unknown = `A fact is unknown where nobody can tell: a silent region, an instance whose agent is silent, a service that is not there. A condition is true or false where it would be so whatever the unknown facts are; else it is unknown. Then the rule **holds** the branch that was in force, unless it says \`"unknown": "then"\` or \`"else"\`. Where a property is compared as a number and is none, that is unknown too. Webhooks and notifications are only begun while the condition surely is what it should be.`;

const order = `Each decision goes the same way: states, priorities, who is eligible, reports, effects outside. A rule is asked just before the first thing that it sets; so a rule that sets a \`state\` or a \`priority\` can't read a report, which is refused. Along the way each service is decided after what it depends on.

Rules apply by \`order\`, then by file name, then by place in the file; the later word on the same thing counts, and the reasons show both. A rule can take a report down or back, but never up where the service could not serve.

\`for\`: \`then\` comes into force once the condition has been true that long without a break; an answer of false or unknown starts the time again. It leaves at once when the condition is false.`;

const effects = `\`then\` and \`else\` hold one effect, or a list.

| effect | does |
|---|---|
| \`{"service": "wfe", "report": "down"}\` | sets the report: \`up\`, \`down\`, \`drain\` |
| \`{"services": ["wfe", "app"], "state": "down"}\` | sets the state: \`up\`, \`down\` |
| \`{"service": "app", "priority": 100}\` | adds to the priority |
| \`{"service": "*", "message": "db is {{db.state}}"}\` | says why, in the verdict; goes with any of the above |
| \`{"webhook": {"url": "http://…", "method": "POST", "headers": {}, "body": {}}, "message": "…"}\` | calls the address |
| \`{"notify": "ops", "message": "…"}\` | tells the channel of that name |

\`"*"\` is every service of this region. A webhook or notification stands from the moment its branch comes into force for as long as it is: it is carried out once, and before each attempt it is looked whether it still stands. \`else\` at the very first decision is no occasion.

The guard never lets a rule, or planned maintenance, take a service out of its last region, where several regions have it: the region that comes first keeps it. \`"guard": false\` in a rule lets it.`;

function operatorTable(operators: Readonly<Record<string, Operator>>): string {
  const rows = Object.entries(operators).map(
    ([name, { takes, meaning, example }]) =>
      `| \`${cell(name)}\` | ${cell(takes)} | ${cell(meaning)} | \`${cell(compact(example))}\` |`,
  );
  return ['| operator | takes | true where, or gives | example |', '|---|---|---|---|', ...rows].join('\n');
}

function factTable(): string {
  const typeWords = { text: 'text', number: 'number', flag: 'true or false', any: 'anything' } as const;
  const ofServices = Object.entries(serviceFields).map(
    ([name, { type, meaning }]) => `| \`<service>.${name}\` | ${typeWords[type]} | ${meaning} |`,
  );
  const others = Object.entries(otherFacts).map(
    ([name, { type, meaning }]) => `| \`${name}\` | ${typeWords[type]} | ${meaning} |`,
  );
  return ['| fact | type | meaning |', '|---|---|---|', ...ofServices, ...others].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** JSON on one line, with a blank after each colon and comma. */
function compact(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${compact(one)}`);
  return `{ ${entries.join(', ')} }`;
}
