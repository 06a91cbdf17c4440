// Runs before the first paint, so that a dark page never flashes white. Loaded as a plain script: modules come too late.
try {
  const theme = localStorage.getItem("candia-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // storage is switched off: the system's own setting rules
}
