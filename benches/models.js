/**
 * Millions of multiplications of a sample; how many scores are timed at once; samples of a batch,
 * and how many of them the peers run together: more are no faster.
 */
export const MODELS = {
  digits: { shape: [1, 28, 28], multiplications: 0.95, scores: 300, batch: 256, together: 16 },
  mlp: { shape: [28, 28, 1], multiplications: 0.28, scores: 1000, batch: 256, together: 256 },
  "resnet-20": { shape: [3, 32, 32], multiplications: 40.8, scores: 40, batch: 256, together: 16 },
  tabular: { shape: [20], multiplications: 0.0057, scores: 3000, batch: 256, together: 256 },
  mobilenet: { shape: [3, 224, 224], multiplications: 300.8, scores: 3, batch: 16, together: 16 },
  efficientnet: { shape: [3, 224, 224], multiplications: 386, scores: 3, batch: 16, together: 16 },
  vit: { shape: [3, 224, 224], multiplications: 1254, scores: 1, batch: 16, together: 16 },
};
