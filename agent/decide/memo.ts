/** Keeps the last result of a pure function while all that it was made of is the very same. */

/** Gives what `make` makes of the key, or the last result where every part of the key is identical and it still holds. */
export type Memo<Result> = (
  key: readonly unknown[],
  make: () => Result,
  holds?: (last: Result) => boolean,
) => Result;

export function createMemo<Result>(): Memo<Result> {
  let last: { readonly key: readonly unknown[]; readonly result: Result } | undefined;
  return (key, make, holds = () => true) => {
    if (last === undefined || !isSame(last.key, key) || !holds(last.result)) last = { key, result: make() };
    return last.result;
  };
}

/** A memo for each name. */
export function createMemos<Result>(): (name: string) => Memo<Result> {
  const memos = new Map<string, Memo<Result>>();
  return (name) => {
    const known = memos.get(name);
    if (known !== undefined) return known;
    const memo = createMemo<Result>();
    memos.set(name, memo);
    return memo;
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (!Object.is(one[index], other[index])) return false;
  return true;
}
