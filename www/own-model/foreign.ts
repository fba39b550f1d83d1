/** Files that are models of other libraries, or packed: what to do with each. */

const ONNX = "This page takes ONNX.";

const ADVICE: [RegExp, string][] = [
  [
    /\.(keras|h5|hdf5)$/i,
    `is a Keras model. ${ONNX} Convert it: ` +
      "python -m tf2onnx.convert --keras FILE --output model.onnx",
  ],
  [
    /(^|\/)(model\.json|group1-shard\d+of\d+(\.bin)?)$/i,
    `is a TensorFlow.js model, as Teachable Machine exports. ${ONNX} Export it as Keras there, ` +
      "then: python -m tf2onnx.convert --keras keras_model.h5 --output model.onnx",
  ],
  [
    /\.(pt|pth|pt2|ckpt|safetensors)$/i,
    `holds PyTorch weights. ${ONNX} Export it: torch.onnx.export(model, example, "model.onnx")`,
  ],
  [
    /\.tflite$/i,
    `is a TensorFlow Lite model. ${ONNX} Convert it: ` +
      "python -m tf2onnx.convert --tflite FILE --output model.onnx",
  ],
  [
    /(\.pb|(^|\/)saved_model\/.*)$/i,
    `is a TensorFlow model. ${ONNX} Convert it: ` +
      "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
  ],
  [
    /\.(pkl|pickle|joblib)$/i,
    `is a Python object. ${ONNX} skl2onnx exports models of scikit-learn.`,
  ],
  [
    /\.(mlmodel|mlpackage|engine|ort|pdmodel|pdiparams)$/i,
    `is a model of another runtime. ${ONNX} Export it from the library that it was trained with.`,
  ],
  [
    /\.(zip|tar|tgz|gz|bz2|xz|7z|rar)$/i,
    "is packed. Unpack it, then drop the folder that comes out.",
  ],
];

/** What to do with a file that this page takes no part of, by its name; nothing for others. */
export function adviceFor(path: string): string | undefined {
  const found = ADVICE.find(([ending]) => ending.test(path));
  return found && `${nameOf(path)} ${found[1]}`;
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}
