/** The button that copies the page's address, which holds what the page shows. */
import { element, write } from "./dom";

/** Milliseconds for which the button says that it has copied. */
const SHOWN = 2000;

async function copyLink(): Promise<void> {
  const copied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  write("copy-link", copied ? "Copied" : "Not allowed");
  write("link-state", copied ? "The link is copied." : "Copy it from the address bar.");
  setTimeout(() => write("copy-link", "Copy link"), SHOWN);
}

element("copy-link").onclick = () => void copyLink();
