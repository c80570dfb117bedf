import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import listbox from "../ui/Listbox.module.css";
import { useListbox } from "../ui/use-listbox";
import { suggestedTags, tagFrom } from "./change";
import styles from "./Edits.module.css";

const MOST_SUGGESTED = 50;

interface TagFieldProps {
  readonly known: readonly string[];
  readonly onAdd: (tag: string) => void;
  /** Backspace in the empty field. */
  readonly onBack: () => void;
}

function useTagField({ known, onAdd, onBack }: TagFieldProps) {
  const [typed, setTyped] = useState("");
  const [wanted, setWanted] = useState(false);
  const shown = suggestedTags(known, typed).slice(0, MOST_SUGGESTED);
  const open = wanted && shown.length > 0;
  const list = useListbox({ count: shown.length, open, initial: "none", onChoose: (index) => add(shown[index] ?? "") });
  function edit(text: string, opened: boolean): void {
    setTyped(text);
    setWanted(opened);
    list.reset();
  }
  function add(text: string): void {
    const tag = tagFrom(text);
    if (tag !== "") onAdd(tag);
    edit("", false);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing || list.onKey(event)) return;
    if (event.key === "ArrowDown") setWanted(true);
    if (event.key === "Backspace" && typed === "") onBack();
    if (event.key === "Enter" || (event.key === "," && typed !== "")) {
      event.preventDefault();
      add(typed);
    }
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      setWanted(false);
    }
  }
  return { typed, edit, shown, open, setWanted, list, onKeyDown };
}

/** Where a tag is typed, with the known ones below. */
export function TagField(props: TagFieldProps) {
  const { t } = useTranslation("edits");
  const { typed, edit, shown, open, setWanted, list, onKeyDown } = useTagField(props);
  return (
    <div className={styles.tagField}>
      <input
        {...list.inputProps}
        className={styles.tagInput}
        data-testid="tag-input"
        aria-label={t("tags.add")}
        placeholder={t("tags.add")}
        value={typed}
        onFocus={() => setWanted(true)}
        onBlur={() => setWanted(false)}
        onChange={(event) => edit(event.target.value, true)}
        onKeyDown={onKeyDown}
      />
      {open ? (
        <ul {...list.listProps} className={`${listbox.list} ${styles.tagList}`} aria-label={t("tags.known")}>
          {shown.map((tag, index) => (
            <li key={tag} {...list.optionProps(index)} className={listbox.option}>
              <span className={listbox.text}>{tag}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
