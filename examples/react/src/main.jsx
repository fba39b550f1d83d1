import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Judge } from "./judge.jsx";

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <Judge />
  </StrictMode>,
);
