// Every page, at both sizes and in both themes: its content is there, nothing complains, nothing is wider than the window.

import { expect, test } from "vitest";

import { type Size, type Theme, fits, picture, visit } from "./visit";

/** Each page, and what must be on it before it counts as there. */
const PAGES: [name: string, path: string, content: string][] = [
  ["runs", "/runs", "table.runs tbody tr"],
  ["jobs", "/jobs", "main h1"],
];

for (const size of ["desk", "phone"] satisfies Size[]) {
  for (const theme of ["light", "dark"] satisfies Theme[]) {
    test(`every page, ${size}, ${theme}`, async () => {
      const { page, complaints, go, leave } = await visit(size, theme);
      for (const [name, path, content] of PAGES) {
        await go(path);
        await page.locator(content).first().waitFor();
        expect(await fits(page), `${name} is wider than the window`).toBe(true);
        await picture(page, `${name}-${size}-${theme}`);
      }
      expect(complaints).toEqual([]);
      await leave();
    });
  }
}
