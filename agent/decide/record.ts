/** Records by name, made anew only where a value in them is another. */

/** The record of these entries; the very same as the last where names and values are. */
export type RecordOf<Value> = (
  entries: readonly (readonly [string, Value])[],
) => Readonly<Record<string, Value>>;

export function createRecordOf<Value>(): RecordOf<Value> {
  let last:
    | {
        readonly entries: readonly (readonly [string, Value])[];
        readonly record: Readonly<Record<string, Value>>;
      }
    | undefined;
  return (entries) => {
    const same =
      last !== undefined &&
      last.entries.length === entries.length &&
      last.entries.every(([name, value], index) => {
        const other = entries[index];
        return other !== undefined && name === other[0] && value === other[1];
      });
    if (last === undefined || !same) last = { entries, record: Object.fromEntries(entries) };
    return last.record;
  };
}

/** The value of that name, and nothing that objects have by nature. */
export function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
