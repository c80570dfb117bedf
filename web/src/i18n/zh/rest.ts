import acts from "./acts.json";
import autopilot from "./autopilot.json";
import boards from "./boards.json";
import classes from "./classes.json";
import compare from "./compare.json";
import diagnosis from "./diagnosis.json";
import items from "./items.json";
import learnt from "./learnt.json";
import machines from "./machines.json";
import overview from "./overview.json";
import panels from "./panels.json";
import report from "./report.json";
import run from "./run.json";
import system from "./system.json";

export default { acts, autopilot, boards, classes, compare, diagnosis, items, learnt, machines, overview, panels, report, run, system };
