import { Judge } from "./judge.jsx";

// Rendered on the server; only <Judge> runs in the browser.
export default function Page() {
  return (
    <main>
      <h1>Does it know this digit?</h1>
      <p>The detector knows handwritten digits from 0 to 4.</p>
      <Judge />
    </main>
  );
}
