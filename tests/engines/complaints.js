// Runs first in a page: keeps every error and warning, for `complaints` of the tests.
{
  const complaints = [];
  globalThis.complaints = complaints;
  for (const level of ["error", "warn"]) {
    const print = console[level];
    console[level] = (...values) => {
      complaints.push(values.map(String).join(" "));
      print.apply(console, values);
    };
  }
  addEventListener("error", ({ message, target }) => complaints.push(message ?? target.src), true);
  addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    complaints.push(`${violatedDirective} forbids ${blockedURI}`),
  );
}
