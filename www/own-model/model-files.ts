/** The files of a model that are chosen or dropped together. */

export interface ModelFiles {
  model: File;
  /** Files with its weights, by name. */
  externalData?: Record<string, File>;
}

/** Tells the model from the files with its weights. */
export function modelFiles(files: File[]): ModelFiles | undefined {
  const model = files.find(({ name }) => /\.onnx$/i.test(name)) ?? files[0];
  if (!model) return undefined;
  const others = files.filter((file) => file !== model).map((file) => [file.name, file] as const);
  return others.length > 0 ? { model, externalData: Object.fromEntries(others) } : { model };
}
