import type { Line as LineOf } from "../groups/groups";
import { Card, type CardProps } from "./Card";
import { GroupRow } from "./GroupRow";
import { Row, Waiting } from "./Row";
import type { Selection } from "./selection";
import { stateOfGroup } from "./use-choice";

interface LineProps extends Omit<CardProps, "run" | "selected"> {
  readonly line: LineOf | null;
  readonly chosen: Selection;
  readonly narrow: boolean;
  readonly titleOf: (group: string) => string;
}

/** A row of the table as what it is: a run, as row or card, the head of a group, or one that is on its way. */
export function Line({ line, chosen, narrow, titleOf, metrics, choosing, label, ...place }: LineProps) {
  if (line === null) return <Waiting index={place.index} offset={place.offset} label={place.look.t("onItsWay")} />;
  if (line.kind === "group") {
    const { group } = line;
    return <GroupRow {...place} group={group} title={titleOf(group.key)} checked={stateOfGroup(group, chosen)} narrow={narrow} />;
  }
  const selected = chosen.has(line.run.id);
  if (!narrow) return <Row {...place} run={line.run} selected={selected} />;
  return <Card {...place} run={line.run} selected={selected} metrics={metrics} choosing={choosing} label={label} />;
}
