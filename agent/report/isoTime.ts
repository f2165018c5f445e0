/** Instants as ISO 8601. A time that another agent sent may be no date at all; nothing should fail for it. */

export function isoTime(atMs: number): string {
  const date = new Date(atMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
