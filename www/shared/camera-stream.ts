/**
 * Asks for the camera; its tracks end with the signal, even if it is allowed only afterwards.
 *
 * @throws {DOMException} As `getUserMedia`.
 */
export async function requestStream(
  video: MediaTrackConstraints,
  signal: AbortSignal,
): Promise<MediaStream> {
  // Browsers hide cameras from pages that came unencrypted.
  if (!navigator.mediaDevices) throw new DOMException("open this page by HTTPS", "SecurityError");
  const stream = await navigator.mediaDevices.getUserMedia({ video });
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  signal.throwIfAborted();
  return stream;
}
