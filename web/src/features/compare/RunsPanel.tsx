import { ActionIcon, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ViewMenu } from "../../edits/views/ViewMenu";
import { CloseIcon, DownIcon, FlagIcon, WarningIcon } from "../../ui/icons";
import { runTone } from "../../ui/run-tone";
import { AddRuns } from "./AddRuns";
import { added, removed, withToggled } from "./choice";
import type { Member } from "./members";
import { ShareMenu } from "./report/ShareMenu";
import { useChange } from "./route";
import styles from "./RunsPanel.module.css";
import { Swatch } from "../../panels/Swatch";
import type { Comparison } from "./use-comparison";
import { useViewedPage } from "./use-viewed-page";

function useChoice({ search, members, missing }: Comparison) {
  const change = useChange();
  const runs = search.run ?? members.map(({ id }) => id);
  const fixed = { where: undefined, project: undefined }; // a choice by hand is no longer what a filter finds
  return {
    add: (id: string) => change({ ...added(runs, search.slots, [id]), ...fixed }),
    remove: (id: string) => change({ ...removed(runs, id, search), ...fixed }),
    forget: () => change(missing.reduce((now, id) => ({ ...now, ...removed(now.run ?? [], id, now) }), search)),
    hide: (id: string) => change({ hidden: withToggled(search.hidden ?? [], id) }),
    only: (id: string) => change({ hidden: runs.filter((one) => one !== id) }),
    showAll: () => change({ hidden: undefined, ranges: undefined }),
    compareTo: (id: string) => change(search.baseline === id ? { baseline: undefined, against: undefined } : { baseline: id }),
  };
}

type Choice = ReturnType<typeof useChoice>;

function Item({ member, isBaseline, choice }: { member: Member; isBaseline: boolean; choice: Choice }) {
  const { t } = useTranslation(["compare", "states"]);
  const { id, name, short, row, isShown, isOutside } = member;
  const isHidden = !isShown && !isOutside;
  return (
    <li className={styles.item} data-hidden={!isShown} data-testid="compared-run" data-run-id={id}>
      <button
        type="button"
        className={styles.eye}
        aria-pressed={!isHidden}
        aria-label={t("runs.show", { name })}
        title={t(isOutside ? "runs.outside" : isHidden ? "runs.hidden" : "runs.showHint")}
        onClick={(event) => (event.altKey || event.ctrlKey || event.metaKey ? choice.only(id) : choice.hide(id))}
      >
        <Swatch color={member.color} pale={!isShown} />
      </button>
      <Link to="/runs/$runId" params={{ runId: id }} className={styles.name} title={`${name} · ${row.project}`} aria-label={name}>
        {short}
      </Link>
      {row.state === "finished" ? null : (
        <span className={styles.state} data-tone={runTone(row.state)} role="img" aria-label={t(`states:${row.state}`)} title={t(`states:${row.state}`)}>
          {runTone(row.state) === "live" || runTone(row.state) === "idle" ? <span className={styles.dot} /> : <WarningIcon />}
        </span>
      )}
      <ActionIcon
        variant={isBaseline ? "light" : "subtle"}
        color={isBaseline ? "accent" : "gray"}
        size="sm"
        aria-pressed={isBaseline}
        aria-label={t("runs.baseline", { name })}
        title={t(isBaseline ? "runs.isBaseline" : "runs.baselineHint")}
        onClick={() => choice.compareTo(id)}
      >
        <FlagIcon />
      </ActionIcon>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t("runs.remove", { name })} title={t("runs.removeHint")} onClick={() => choice.remove(id)}>
        <CloseIcon />
      </ActionIcon>
    </li>
  );
}

function Missing({ missing, onForget }: { missing: readonly string[]; onForget: () => void }) {
  const { t } = useTranslation("compare");
  if (missing.length === 0) return null;
  return (
    <p className={styles.note}>
      {t("runs.missing", { count: missing.length })}
      <Button size="compact-xs" variant="default" onClick={onForget}>
        {t("runs.forget")}
      </Button>
    </p>
  );
}

/** The compared runs: their colours, which are shown, which one the others are held against. On a phone it folds. */
export function RunsPanel({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation("compare");
  const [isOpen, setOpen] = useState(false);
  const choice = useChoice(comparison);
  const page = useViewedPage(comparison.members.map(({ row }) => row));
  const { members, shown, total, missing, baseline, search } = comparison;
  return (
    <aside className={styles.panel} data-open={isOpen} aria-label={t("runs.title")}>
      <div className={styles.head}>
        <h1 className={styles.title}>{t("title")}</h1>
        <span className={styles.count}>
          {shown.length < members.length ? t("runs.someShown", { shown: shown.length, count: members.length }) : t("runs.count", { count: members.length })}
        </span>
        {shown.length < members.length ? (
          <Button size="compact-xs" variant="subtle" onClick={choice.showAll}>
            {t("runs.showAll")}
          </Button>
        ) : null}
        <span>
          <ShareMenu comparison={comparison} />
        </span>
        <button type="button" className={styles.fold} aria-expanded={isOpen} aria-label={t("runs.fold")} onClick={() => setOpen(!isOpen)}>
          <DownIcon />
        </button>
      </div>
      <div className={styles.views}>
        <ViewMenu page={page} />
      </div>
      <div className={styles.body}>
        <AddRuns known={members.map(({ id }) => id)} onAdd={choice.add} />
        {search.where === undefined ? null : <p className={styles.note}>{t("runs.filtered", { where: search.where })}</p>}
        {total > members.length ? <p className={styles.note}>{t("runs.newestOf", { count: members.length, total })}</p> : null}
        <Missing missing={missing} onForget={choice.forget} />
        <ul className={styles.list}>
          {members.map((member) => (
            <Item key={member.id} member={member} isBaseline={member.id === baseline?.id} choice={choice} />
          ))}
        </ul>
      </div>
    </aside>
  );
}
