/** Lengths of time as people write them: `500ms`, `5s`, `2m`, `1h`, `1d`, or several together, `1m30s`. Pure. */

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const part = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** Milliseconds, or undefined where the text is no length of time. A number without a unit is none: nobody could tell which was meant. */
export function parseDuration(text: string): number | undefined {
  let totalMs = 0;
  part.lastIndex = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    const unit = match[2];
    if (!isUnit(unit)) return undefined;
    totalMs += Number(match[1]) * unitMs[unit];
    if (part.lastIndex === text.length) return Math.round(totalMs);
  }
  return undefined;
}

/** The same, for people: the two largest units that count, `1m 30s`, `2h`, `350ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let restMs = Math.floor(ms / 1_000) * 1_000;
  const words: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(restMs / unitMs[unit]);
    restMs -= count * unitMs[unit];
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.slice(0, 2).join(' ');
}

function isUnit(text: string | undefined): text is keyof typeof unitMs {
  return text !== undefined && text in unitMs;
}
