/** Numbers as people read them. */
export function decimal(value: number): string {
  return value.toFixed(3).replace("-", "−");
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

export function count(value: number): string {
  return value.toLocaleString("en");
}
