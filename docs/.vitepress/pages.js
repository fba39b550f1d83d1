/** Every page of the site in the order of reading: file, title, and what it is about. */
export const SECTIONS = {
  Use: [
    [
      "index",
      "Get started",
      "A first verdict in the browser, in Node, in Rust and on the command line.",
    ],
    ["teach", "Teach it", "Ten pictures of each of your things, and no classifier."],
    ["own-model", "Your own model", "From an ONNX classifier and labelled data to a detector."],
    ["preprocessing", "Preprocessing", "How pictures become the model's input."],
    ["recipes", "Recipes", "From PyTorch, Keras, scikit-learn and others to a detector."],
    ["score", "Choose a score", "Layers, similarities, energy and presets, and where SHE fails."],
    ["thresholds", "Thresholds and verdicts", "What known, unsure and unknown promise."],
    ["examples", "Examples", "Small programs that run with two commands."],
  ],
  Run: [
    ["browsers", "Browsers, workers, CSP", "Entries, bundlers, workers, cameras, policies."],
    [
      "with-other-runtimes",
      "With onnxruntime-web and others",
      "The verdict for a model that another runtime runs.",
    ],
    ["export", "The exported graph", "The verdict inside a plain ONNX graph."],
    ["large-fits", "Large fits", "Parts of a fit, made on many machines, that merge exactly."],
    ["federated", "Federated and private", "What parts of a fit reveal, and how to hide it."],
    ["monitor", "Monitor", "An alarm when what the model sees has changed."],
  ],
  Evidence: [
    ["science", "Science", "The published experiments beside ours, and how to repeat them."],
    ["experiments", "Every score measured", "All presets and similarities on two networks."],
    ["models", "Models that work", "Models and operators that were tried, and what is refused."],
    ["performance", "Performance", "Speed, size and memory beside other runtimes."],
    ["security", "Security", "What a hostile file can do, what it cannot, what stays private."],
    ["hostile", "Hostile input", "What was tried against the promises, and with what result."],
  ],
  Reference: [
    ["api", "API", "References of the npm package, the crate and the command line."],
    ["errors", "Errors", "Every code of an error, its cause and its remedy."],
    ["agents", "For agents", "The shortest correct way to each task."],
  ],
};

export const PAGES = Object.values(SECTIONS)
  .flat()
  .map(([name, title, about]) => ({ file: `${name}.md`, name, title, about }));
