import { defineConfig, type Plugin } from "vite";

// Beside each file that shrinks its gzip form, so that the program sends it as it lies there. The header's time is zero:
// the same sources make the same bytes.
function compressed(): Plugin {
  return {
    name: "compressed",
    async writeBundle(options) {
      const { readdirSync, readFileSync, writeFileSync } = await import("node:fs");
      const { gzipSync } = await import("node:zlib");
      // What the page carries of others goes with their licences.
      const licences = ["uplot", "@fontsource/source-serif-4", "@fontsource/source-sans-3"].map(
        (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`,
      );
      writeFileSync(`${options.dir}/licences.txt`, licences.join("\n\n----\n\n"));
      for (const entry of readdirSync(options.dir!, { withFileTypes: true })) {
        if (!entry.isFile() || /\.(woff2|gz)$/.test(entry.name)) continue;
        const file = `${options.dir}/${entry.name}`;
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [compressed()],
  build: {
    target: "es2021",
    assetsInlineLimit: 0, // the content security policy knows no data: addresses
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      // Names without a hash: the program answers with entity tags, and a browser asks each time.
      output: { entryFileNames: "page.js", assetFileNames: "[name][extname]", inlineDynamicImports: true },
    },
  },
  logLevel: "warn",
});
