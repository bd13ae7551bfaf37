/** Dark and light: the system's preference, until the person chooses otherwise. */
import { save } from "./storage.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

/** Make `button` a toggle of dark mode. */
export function bindThemeToggle(button) {
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    // Choosing what the system prefers is no choice: the page follows the system again.
    const chosen = (theme === "dark") === system.matches ? null : theme;
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    save("theme", chosen);
    show();
  });
  system.addEventListener("change", show);
  show();
}
