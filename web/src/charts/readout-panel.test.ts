import { expect, test } from "vitest";
import { panelPlace, type PanelPlace } from "./readout-panel";

const wide: PanelPlace = {
  host: { left: 100, top: 200, bottom: 400 },
  view: { width: 1440, height: 900 },
  panel: { width: 240, height: 200 },
  px: 300,
  py: 10,
};

test("the readout stands right of the pointer", () => {
  expect(panelPlace(wide)).toEqual({ left: 314, top: 10 });
});

test("at the right edge of the view it stands left of the pointer", () => {
  expect(panelPlace({ ...wide, px: 1200 })).toEqual({ left: 1200 - 14 - 240, top: 10 });
});

test("at the lower edge it moves up, beside the pointer still", () => {
  expect(panelPlace({ ...wide, host: { left: 100, top: 780, bottom: 980 } })).toEqual({ left: 314, top: 900 - 8 - 200 - 780 });
});

test("on a phone it stands above the chart, within the view", () => {
  const phone = { ...wide, view: { width: 390, height: 844 }, host: { left: 20, top: 400, bottom: 600 }, px: 200 };
  expect(panelPlace(phone)).toEqual({ left: 80, top: -214 });
});

test("without room above it stands below", () => {
  const phone = { ...wide, view: { width: 390, height: 844 }, host: { left: 20, top: 100, bottom: 300 }, px: 200 };
  expect(panelPlace(phone)).toEqual({ left: 80, top: 214 });
});
