/** The files of a model. */

export interface ModelFiles {
  model: File;
  /** Files with its weights, by their name in the model. */
  externalData: Record<string, File>;
}
