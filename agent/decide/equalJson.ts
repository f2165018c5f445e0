/** Are two values the same JSON? The order of keys does not matter. */

import type { Json } from '../model.ts';

export function equalJson(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => equalJson(item, other[index]));
  }
  const entries = Object.entries(one);
  const others = Object.entries(other);
  if (entries.length !== others.length) return false;
  return entries.every(([key, value], index) => {
    const same = others[index]?.[0] === key ? others[index] : others.find(([name]) => name === key);
    return same !== undefined && equalJson(value, same[1]);
  });
}
