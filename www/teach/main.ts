/** Loads the teacher, and binds what a visitor does to the page. */
import { keepOffline } from "../offline/register";
import { complain, element, write } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { showLoading } from "../shared/loading";
import { readKept } from "./keeper";
import { Page } from "./page";
import { createTeacher } from "./teacher";

async function begin(): Promise<void> {
  complain("load-error");
  element("retry").hidden = true;
  try {
    bind(await load());
  } catch (error) {
    write("loading-words", "The model did not load.");
    complain("load-error", error);
    element("retry").hidden = false;
  }
}

async function load(): Promise<Page> {
  const kept = await readKept();
  const teacher = await createTeacher(kept?.examples ?? [], (progress) =>
    showLoading("loading-words", progress),
  );
  return new Page(teacher, kept, kept ? await teacher.examples() : []);
}

function bind(page: Page): void {
  const photo = element<HTMLInputElement>("photo");
  element("camera").onclick = () => void page.toggleCamera();
  element("demonstrate").onclick = () => void page.demonstrate();
  element("wipe").onclick = () => {
    if (confirm("Forget everything that was taught, here and on this device?")) void page.wipe();
  };
  onChoose(photo, ([file]) => file && void page.openPhoto(file));
  onDrop(element("stage"), ({ files: [file] }) => file && void page.openPhoto(file));
  document.addEventListener("paste", ({ clipboardData }) => {
    const file = clipboardData?.files[0];
    if (file) void page.openPhoto(file);
  });
  element<HTMLFieldSetElement>("teaching").disabled = false;
  element("loading").hidden = true;
  keepOffline();
}

element("retry").onclick = () => void begin();
void begin();
