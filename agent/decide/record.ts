/** Records by name, made anew only where a value in them is another. */

/** The record of these names and values; the very same as the last where names and values are. */
export type RecordOf<Value> = (
  names: readonly string[],
  values: readonly Value[],
) => Readonly<Record<string, Value>>;

export function createRecordOf<Value>(): RecordOf<Value> {
  let last:
    | {
        readonly names: readonly string[];
        readonly values: readonly Value[];
        readonly record: Readonly<Record<string, Value>>;
      }
    | undefined;
  return (names, values) => {
    const same = last?.names === names && last.values.every((value, index) => value === values[index]);
    if (last === undefined || !same) {
      const entries = values.map((value, index) => [names[index] ?? '', value] as const);
      last = { names, values, record: Object.fromEntries(entries) };
    }
    return last.record;
  };
}

/** The value of that name, and nothing that objects have by nature. */
export function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
