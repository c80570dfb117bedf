import first from "./first";
import rest from "./rest";

// For types and tests; pages load the halves when they need them.
export default { ...first, ...rest };
