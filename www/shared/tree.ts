/** Files with the folders they lie in. */

export interface Placed {
  /** Folders and name, joined by slashes. */
  path: string;
  file: File;
}

/** The files of an input that takes a folder. */
export function chosenFiles(files: File[]): Placed[] {
  return files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The files of dropped folders, and of the folders in them. */
export async function droppedFiles(data: DataTransfer): Promise<Placed[]> {
  // Entries must be taken at once: after the first wait the list is empty.
  const entries = [...data.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<Placed[]> {
  if (entry.isDirectory)
    return (
      await Promise.all((await children(entry as FileSystemDirectoryEntry)).map(filesOf))
    ).flat();
  const file = await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject),
  );
  return [{ path: entry.fullPath.replace(/^\//, ""), file }];
}

async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // A hundred at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}
