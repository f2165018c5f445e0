/** Records by name, made anew only where a value in them is another. */

/** The record of these names and values; the very same as the last where names and values are. */
export type RecordOf<Value> = (
  names: readonly string[],
  values: readonly Value[],
) => Readonly<Record<string, Value>>;

export function createRecordOf<Value>(): RecordOf<Value> {
  let last: Last<Value> | undefined;
  return (names, values) => {
    if (last?.names !== names) {
      last = {
        names,
        values,
        record: Object.fromEntries(values.map((value, index) => [names[index] ?? '', value])),
      };
      return last.record;
    }
    const { record: before, values: old } = last;
    let record: Record<string, Value> | undefined;
    values.forEach((value, index) => {
      if (value === old[index]) return;
      record ??= { ...before };
      record[names[index] ?? ''] = value;
    });
    last = { names, values, record: record ?? before };
    return last.record;
  };
}

interface Last<Value> {
  readonly names: readonly string[];
  readonly values: readonly Value[];
  readonly record: Readonly<Record<string, Value>>;
}

/** The value of that name, and nothing that objects have by nature. */
export function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
