import { defineConfig } from "vite";

// The pages are Django's; Vite only builds what they load. django-vite finds each hashed file in the manifest.
export default defineConfig({
  base: "/static/",
  // The manifest names a package's files by where they are asked for, also where node_modules is shared by a link.
  resolve: { preserveSymlinks: true },
  build: {
    outDir: "../dist",
    // A city that runs goes on with the files that it knows; `make` removes those of last week.
    emptyOutDir: false,
    manifest: "manifest.json",
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    // a data: URL would need a wider content security policy than a file of our own
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: { main: "src/main.ts" } },
  },
});
