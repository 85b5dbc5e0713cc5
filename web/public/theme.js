// Runs before the first paint, so that what was chosen never flashes. Without a choice the system decides.
try {
  const theme = localStorage.getItem("mem.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (localStorage.getItem("mem.colours") === "blue-orange") document.documentElement.dataset.colours = "blue-orange";
} catch {
  // Storage is switched off: the system's theme it is.
}
