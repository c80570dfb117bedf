import { Fragment } from "react";
import styles from "./Acts.module.css";

/** A sentence with what stands between backticks as code. */
export function Told({ text }: { text: string }) {
  return text.split("`").map((part, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- parts of one sentence have no other name
    <Fragment key={at}>{at % 2 === 1 ? <code className={styles.code}>{part}</code> : part}</Fragment>
  ));
}
