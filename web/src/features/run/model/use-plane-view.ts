import { useMemo, useState } from "react";
import { moved, turned, windowAround, zoomed, type Spot, type Window } from "../../../items/plane";

const TURN = 0.008; // radians a pixel: a drag over the picture turns the room by half
const TURN_KEY_PX = 20;
const MOVE_KEY_PX = 40;
const CLOSER = 1.4;
const START = { yaw: 0.6, pitch: 0.4 }; // a room seen straight from the front looks like a plane

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlaneView {
  /** The points as they are seen: turned, if they fill a room. */
  readonly flat: readonly Spot[];
  readonly window: Window;
  readonly zoom: (factor: number, at: Spot) => void;
  /** Moves a plane, turns a room, by pixels. */
  readonly move: (by: Spot) => void;
  readonly keys: Readonly<Record<string, () => void>>;
}

/** From where points are looked at, and what changes it. */
export function usePlaneView(points: readonly (readonly number[])[], { width, height }: Size): PlaneView {
  const isRoom = (points[0]?.length ?? 2) > 2;
  const [{ yaw, pitch }, setTurn] = useState(START);
  const [chosen, setWindow] = useState<Window | null>(null);
  const flat = useMemo(() => (isRoom ? turned(points, yaw, pitch) : points.map(([x = 0, y = 0]): Spot => [x, y])), [points, isRoom, yaw, pitch]);
  const window = useMemo(() => chosen ?? windowAround(flat, { width, height }), [chosen, flat, width, height]);
  const zoom = (factor: number, at: Spot) => setWindow(zoomed(window, factor, at, { width, height }));
  const move = (by: Spot) => {
    if (isRoom) setTurn({ yaw: yaw + by[0] * TURN, pitch: pitch + by[1] * TURN });
    else setWindow(moved(window, by));
  };
  const middle: Spot = [width / 2, height / 2];
  const each = isRoom ? -TURN_KEY_PX : MOVE_KEY_PX;
  const keys = {
    "+": () => zoom(CLOSER, middle),
    "=": () => zoom(CLOSER, middle),
    "-": () => zoom(1 / CLOSER, middle),
    "0": () => {
      setWindow(null);
      setTurn(START);
    },
    ArrowLeft: () => move([each, 0]),
    ArrowRight: () => move([-each, 0]),
    ArrowUp: () => move([0, each]),
    ArrowDown: () => move([0, -each]),
  };
  return { flat, window, zoom, move, keys };
}
