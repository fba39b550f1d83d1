/**
 * Places where files are dropped; what is dropped beside them is not opened in place of the page.
 */

for (const type of ["dragover", "drop"])
  document.addEventListener(type, (event) => event.preventDefault());

/**
 * Calls `take` with what is dropped on the zone, unless a zone within it takes that; shows when it
 * would be taken.
 */
export function onDrop(zone: HTMLElement, take: (data: DataTransfer) => void): void {
  const over = (is: boolean) => () => zone.classList.toggle("over", is);
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (event.defaultPrevented || !event.dataTransfer) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
}

/** Calls `take` with the files that are chosen; the same may be chosen again. */
export function onChoose(input: HTMLInputElement, take: (files: File[]) => void): void {
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    if (files.length > 0) take(files);
  });
}
