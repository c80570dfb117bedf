export const TABLE_ID = "run-table";

/** Puts the keyboard back to the rows, when what it was in has gone. */
export function focusTable(): void {
  document.getElementById(TABLE_ID)?.focus();
}
