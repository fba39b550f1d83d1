import { Monitor } from "she-ood/monitor";
import { Detector } from "she-ood/worker";

const [video, button, output, status] = ["video", "button", "output", "[role=status]"].map(
  (selector) => document.querySelector(selector),
);

function words({ verdict, predicted }) {
  const known = `It is a ${predicted.label}.`;
  return { known, unsure: "I am not sure.", unknown: "I have never seen such a thing." }[verdict];
}

try {
  const detector = await Detector.embedded({ workers: 1 }); // or Detector.load("/my-detector.onnx")
  // Goes on where it was before the page was reloaded.
  const { monitor: saved } = localStorage;
  const monitor = saved ? await Monitor.fromJSON(saved) : await Monitor.create(detector);
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
  await video.play();
  [output.value, button.disabled] = ["Ready.", false];

  // One picture a visitor: frames one after the other are too alike for a monitor.
  button.onclick = async () => {
    const report = await detector.score(video);
    output.value = words(report);
    monitor.push(report);
    localStorage.monitor = JSON.stringify(monitor);
    const { alarm } = monitor.report;
    if (alarm) status.textContent = `What visitors show has changed since number ${alarm.since}.`;
  };
} catch (error) {
  output.value = error.message;
}
