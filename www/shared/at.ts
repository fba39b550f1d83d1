/**
 * Returns the element at an index that must exist.
 *
 * @throws {RangeError} When it does not.
 */
export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`);
  return value;
}
