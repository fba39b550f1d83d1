/**
 * Varied views of a frame: nearer, turned, lighter or darker, as a thing is seen later. Frames of
 * one short recording are nearly the same, and a threshold by them alone knows nothing else.
 */
import { readableCanvas } from "../shared/canvas";

/** How much nearer at most, how far turned (in radians), and how much lighter or darker. */
const [NEARER, TURNED, LIGHT] = [1.35, Math.PI / 10, 0.25];

/** Pixels of the shorter side: a little more than the network sees. */
const SIDE = 288;

/** Irrational steps spread numbers evenly, whichever is the first. */
const STEPS = [0.618_034, 0.754_878, 0.569_84, 0.819_173, 0.671_043] as const;

/** The frame itself every third time, else a view of it that no other number has. */
export async function varied(pixels: ImageData, number: number): Promise<ImageData> {
  if (number % 3 === 0) return pixels;
  const [near, turn, light, across, down] = STEPS.map((step) => (number * step) % 1) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return view(pixels, {
    nearer: 1 + near * (NEARER - 1),
    turned: (2 * turn - 1) * TURNED,
    light: 1 + (2 * light - 1) * LIGHT,
    shift: [across - 0.5, down - 0.5],
  });
}

interface View {
  nearer: number;
  turned: number;
  light: number;
  /** Of the part that is cut off. */
  shift: [number, number];
}

async function view(pixels: ImageData, { nearer, turned, light, shift }: View): Promise<ImageData> {
  const scale = SIDE / Math.min(pixels.width, pixels.height);
  const [width, height] = [pixels.width * scale, pixels.height * scale].map(Math.round) as [
    number,
    number,
  ];
  const bitmap = await createImageBitmap(pixels);
  const context = readableCanvas(width, height);
  const longer = Math.max(width / height, height / width);
  // So near that no corner is empty after the turn.
  const zoom = nearer * (Math.cos(turned) + longer * Math.abs(Math.sin(turned)));
  const slack = (nearer - 1) * Math.min(width, height);
  context.translate(width / 2 + shift[0] * slack, height / 2 + shift[1] * slack);
  context.rotate(turned);
  context.scale(zoom, zoom);
  context.drawImage(bitmap, -width / 2, -height / 2, width, height);
  bitmap.close();
  context.resetTransform();
  illuminate(context, light);
  return context.getImageData(0, 0, width, height);
}

/** Multiplies all colours. */
function illuminate(context: OffscreenCanvasRenderingContext2D, light: number): void {
  const level = Math.round(255 * (light < 1 ? light : 1 - 1 / light));
  context.globalCompositeOperation = light < 1 ? "multiply" : "color-dodge";
  context.fillStyle = `rgb(${level} ${level} ${level})`;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}
