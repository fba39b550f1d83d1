/** How to get the package: it is in no registry yet, and is built from the repository. */
export const INSTALL = "make pkg, then npm install --install-links path/to/pkg";
