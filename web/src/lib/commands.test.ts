import { expect, test } from "vitest";
import { commandFor, createCommandRegistry, type Command } from "./commands";

const command = (id: string, title: string, keys?: string): Command => ({ id, title, run: () => undefined, ...(keys ? { keys } : {}) });
const pressed = { key: "s", ctrlKey: false, metaKey: false, altKey: false };

test("a command that came later overrules the older one, and goes with its page", () => {
  const registry = createCommandRegistry();
  registry.add(() => ({ commands: [command("theme", "Theme")], hints: [] }));
  const leave = registry.add(() => ({ commands: [command("theme", "Theme of the page"), command("axis", "Axis")], hints: [] }));
  expect(registry.now().commands.map(({ title }) => title)).toEqual(["Theme of the page", "Axis"]);
  leave();
  expect(registry.now().commands.map(({ title }) => title)).toEqual(["Theme"]);
});

test("commands are read when they are asked for", () => {
  const registry = createCommandRegistry();
  let title = "before";
  registry.add(() => ({ commands: [command("x", title)], hints: [{ keys: "↑", title }] }));
  title = "after";
  expect(registry.now()).toMatchObject({ commands: [{ title: "after" }], hints: [{ title: "after" }] });
});

test("a key is a command's only without a modifier", () => {
  const commands = [command("star", "Star", "s"), command("name", "Name")];
  expect(commandFor(commands, pressed)?.id).toBe("star");
  expect(commandFor(commands, { ...pressed, ctrlKey: true })).toBeNull();
  expect(commandFor(commands, { ...pressed, key: "n" })).toBeNull();
});
