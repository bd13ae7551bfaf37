// A classic script in the head: it runs before the first paint, so that colours do not flash.
(() => {
  try {
    const theme = JSON.parse(localStorage.getItem("chatwright.theme"));
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed: the system's preference holds.
  }
})();
