import { Detector, decode } from "./node_modules/she-ood/index.js";

// The service worker ends when it has nothing to do, and loads the detector again for the next one.
let loading;

async function judge(address) {
  loading ??= Detector.embedded(); // or Detector.load(chrome.runtime.getURL("my-detector.onnx"))
  const picture = await decode(await (await fetch(address)).blob());
  const { verdict, predicted } = (await loading).score(picture);
  return { badge: { known: predicted.label, unsure: "?", unknown: "no" }[verdict], title: verdict };
}

chrome.runtime.onInstalled.addListener(() =>
  chrome.contextMenus.create({ id: "judge", title: "Is it known?", contexts: ["image"] }),
);

chrome.contextMenus.onClicked.addListener(async ({ srcUrl }, { id: tabId }) => {
  const { badge, title } = await judge(srcUrl).catch(({ message }) => ({
    badge: "!",
    title: message,
  }));
  chrome.action.setBadgeText({ tabId, text: badge });
  chrome.action.setTitle({ tabId, title });
});
