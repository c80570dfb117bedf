import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef3ff",
  "#dbe6ff",
  "#b6cbff",
  "#8eafff",
  "#6a97ff",
  "#4a80f5",
  "#2f6ae6",
  "#2257c7",
  "#1c48a6",
  "#173a85",
];

const dark: MantineColorsTuple = [
  "#e3e7ec",
  "#c3cad3",
  "#98a2b0",
  "#66707d",
  "#3a414c",
  "#2b323b",
  "#1b2027",
  "#14181d",
  "#0f1216",
  "#0a0c0f",
];

const SANS =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Ubuntu, "Noto Sans", "Liberation Sans", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif';
const MONO = 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace';

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark },
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
});
