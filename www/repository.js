/** The repository's address where it is known: a build on a forge's machine is told. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
export const REPOSITORY = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
