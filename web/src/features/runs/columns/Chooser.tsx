import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState, type MouseEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { CloseIcon, DownIcon, PinIcon, SearchIcon, UpIcon } from "../../../ui/icons";
import { isField } from "../list/values";
import styles from "./Chooser.module.css";
import { namesQuery } from "./queries";
import { movedBy, without, withColumn, withPin, type ColumnSpec } from "./specs";
import { useColumnLabel } from "./use-column-label";
import type { Columns } from "./use-columns";

const TYPING_MS = 150;

interface Offer {
  readonly name: string;
  readonly kind: string;
  readonly detail: string;
  readonly count: number | null;
}

function IconButton({ label, disabled, pressed, onClick, children }: { label: string; disabled?: boolean; pressed?: boolean; onClick: (event: MouseEvent) => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.icon} aria-label={label} title={label} disabled={disabled} aria-pressed={pressed} onClick={onClick}>
      {children}
    </button>
  );
}

function ShownColumn({ spec, columns, label }: { spec: ColumnSpec; columns: Columns; label: string }) {
  const { t } = useTranslation("runs");
  const { shown, change } = columns;
  const at = shown.findIndex((one) => one.id === spec.id);
  const canGo = (by: -1 | 1) => shown[at + by]?.pinned === spec.pinned;
  const hide = ({ currentTarget }: MouseEvent) => {
    currentTarget.closest<HTMLElement>("ul")?.focus(); // the button goes with its column, the focus stays here
    change(without(shown, spec.id));
  };
  return (
    <li className={styles.line}>
      <span className={styles.name} title={spec.id}>
        {label}
      </span>
      <IconButton label={t(spec.pinned ? "chooser.unpin" : "chooser.pin", { column: label })} pressed={spec.pinned} onClick={() => change(withPin(shown, spec.id, !spec.pinned))}>
        <PinIcon />
      </IconButton>
      <IconButton label={t("chooser.earlier", { column: label })} disabled={!canGo(-1)} onClick={() => change(movedBy(shown, spec.id, -1))}>
        <UpIcon />
      </IconButton>
      <IconButton label={t("chooser.later", { column: label })} disabled={!canGo(1)} onClick={() => change(movedBy(shown, spec.id, 1))}>
        <DownIcon />
      </IconButton>
      <IconButton label={t("chooser.hide", { column: label })} disabled={spec.id === "name"} onClick={hide}>
        <CloseIcon />
      </IconButton>
    </li>
  );
}

const isOurs = ({ name, kind }: Offer) => kind === "field" && (name === "progress" || isField(name));

/** The columns that one name can make: a series its last and its best value and its curve. */
function columnsOf({ name, kind }: Offer): readonly { readonly id: string; readonly word: "last" | "best" | "trend" | "add" }[] {
  if (kind !== "series") return [{ id: name, word: "add" }];
  const bare = name.startsWith("`") ? name.slice(1, -1) : name;
  return [
    { id: name, word: "last" },
    { id: `best(${name})`, word: "best" },
    { id: `spark(${bare})`, word: "trend" },
  ];
}

function OfferedName({ offer, columns, label }: { offer: Offer; columns: Columns; label: (id: string) => string }) {
  const { t } = useTranslation("runs");
  const text = isOurs(offer) ? label(offer.name) : offer.name;
  return (
    <li className={styles.line}>
      <span className={styles.name} title={offer.name}>
        {text}
      </span>
      {columnsOf(offer).map(({ id, word }) => {
        const isShown = columns.shown.some((one) => one.id === id);
        const toggle = () => columns.change(isShown ? without(columns.shown, id) : withColumn(columns.shown, id));
        return (
          <button key={id} type="button" className={styles.add} aria-pressed={isShown} aria-label={`${t(`chooser.${word}`)} ${text}`} onClick={toggle}>
            {t(`chooser.${word}`)}
          </button>
        );
      })}
    </li>
  );
}

const HIDDEN_FIELDS: ReadonlySet<string> = new Set(["id", "deleted", "name"]);
const OWN: readonly Offer[] = [{ name: "progress", kind: "field", detail: "number", count: null }];

function holdsAll(text: string, typed: string): boolean {
  const low = text.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => low.includes(word));
}

function useOffers(project: string | undefined, typed: string, label: (id: string) => string): readonly Offer[] | null {
  const [settled] = useDebouncedValue(typed.trim(), TYPING_MS);
  const { data } = useQuery(namesQuery(project, settled));
  const fields = useQuery(namesQuery(project, "")); // our words for fields are known only here
  if (!data) return null;
  const all = [...OWN, ...(fields.data ?? []).filter(({ kind }) => kind === "field"), ...data].map((item) => ("text" in item ? { ...item, name: item.text } : item));
  const once = [...new Map(all.map((offer) => [offer.name, offer])).values()];
  const said = (offer: Offer) => `${offer.name} ${isOurs(offer) ? label(offer.name) : ""}`;
  return once.filter((offer) => !HIDDEN_FIELDS.has(offer.name) && holdsAll(said(offer), settled));
}

/** Chooses what the table shows: fields, any metric as last or best value or curve, any setting. */
export default function Chooser({ columns, project }: { columns: Columns; project: string | undefined }) {
  const { t } = useTranslation("runs");
  const [typed, setTyped] = useState("");
  const label = useColumnLabel();
  const offers = useOffers(project, typed, label);
  return (
    <div className={styles.chooser}>
      <div className={styles.part}>
        <h3 className={styles.title}>{t("chooser.shown")}</h3>
        <ul className={styles.list} aria-label={t("chooser.shown")} tabIndex={-1}>
          {columns.shown.map((spec) => (
            <ShownColumn key={spec.id} spec={spec} columns={columns} label={label(spec.id)} />
          ))}
        </ul>
        <button type="button" className={styles.reset} disabled={columns.isDefault} onClick={columns.reset}>
          {t("chooser.reset")}
        </button>
      </div>
      <div className={styles.part}>
        <TextInput size="xs" leftSection={<SearchIcon />} placeholder={t("chooser.search")} aria-label={t("chooser.search")} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
        <ul className={styles.list} aria-label={t("chooser.offered")}>
          {offers?.map((offer) => <OfferedName key={offer.name} offer={offer} columns={columns} label={label} />)}
        </ul>
        {offers?.length === 0 ? <p className={styles.nothing}>{t("chooser.nothing")}</p> : null}
      </div>
    </div>
  );
}
